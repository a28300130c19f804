//! An editor, as far as a language server can tell: it speaks the protocol with `imgctl lsp` over its standard
//! input and output.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// A server that is silent for so long hangs.
const HANGS: Duration = Duration::from_secs(120);

pub struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    incoming: Receiver<Value>,
    /// What came in while something else was waited for.
    aside: Vec<Value>,
    last: i64,
    folder: std::path::PathBuf,
}

impl Editor {
    /// A server in this folder that has not been greeted.
    pub fn silent(folder: &Path) -> Editor {
        let mut server = Command::new(env!("CARGO_BIN_EXE_imgctl"))
            .arg("lsp")
            .current_dir(folder)
            .env_clear()
            .env("HOME", folder)
            .env("PATH", "/usr/bin:/bin")
            // What it writes must be the protocol all the same.
            .env("IMGCTL_OUTPUT", "json")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = server.stdin.take();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let (sender, incoming) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let folder = folder.to_path_buf();
        Editor { server, input, incoming, aside: Vec::new(), last: 0, folder }
    }

    /// A server that knows what this editor can; its answer is checked by the tests of the greeting.
    pub fn open(folder: &Path) -> Editor {
        let mut editor = Editor::silent(folder);
        editor.greet(&json!({}));
        editor
    }

    pub fn greet(&mut self, capabilities: &Value) -> Value {
        let folder = self.uri("");
        let told = json!({
            "processId": null, "capabilities": capabilities,
            "workspaceFolders": [{"uri": folder, "name": "project"}],
        });
        let answer = self.asks("initialize", &told);
        self.notes("initialized", &json!({}));
        answer
    }

    /// The address of a file of the folder.
    pub fn uri(&self, name: &str) -> String {
        let path = self.folder.join(name).display().to_string();
        format!("file://{}", path.trim_end_matches('/').replace(' ', "%20"))
    }

    pub fn writes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    pub fn sends(&mut self, message: &Value) {
        let text = message.to_string();
        self.writes(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub fn notes(&mut self, method: &str, parameters: &Value) {
        self.sends(&json!({"jsonrpc": "2.0", "method": method, "params": parameters}));
    }

    /// The whole answer to a request.
    pub fn exchanges(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.sends(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        self.waits_for(|it| it["id"] == id && it.get("method").is_none())
    }

    /// The result of a request.
    pub fn asks(&mut self, method: &str, parameters: &Value) -> Value {
        let mut answer = self.exchanges(method, parameters);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    pub fn waits_for(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.aside.iter().position(&is_it) {
            return self.aside.remove(at);
        }
        loop {
            let next = self.incoming.recv_timeout(HANGS);
            let next =
                next.unwrap_or_else(|_| panic!("no such message; others: {:#?}", self.aside));
            if is_it(&next) {
                return next;
            }
            self.aside.push(next);
        }
    }

    /// A person opens a file and sees this text in it, whatever is on the disk.
    pub fn opens(&mut self, name: &str, text: &str) {
        let document =
            json!({"uri": self.uri(name), "languageId": "rhai", "version": 1, "text": text});
        self.notes("textDocument/didOpen", &json!({"textDocument": document}));
    }

    /// A person replaces some text, `[line, column, line, column]`.
    pub fn types(&mut self, name: &str, version: i64, range: [u64; 4], text: &str) {
        let [line, column, end_line, end_column] = range;
        let range = json!({
            "start": {"line": line, "character": column},
            "end": {"line": end_line, "character": end_column},
        });
        let document = json!({"uri": self.uri(name), "version": version});
        let changes = json!([{"range": range, "text": text}]);
        let changed = json!({"textDocument": document, "contentChanges": changes});
        self.notes("textDocument/didChange", &changed);
    }

    /// The mistakes that are shown in this version of a file, `code line:column-column`.
    pub fn mistakes(&mut self, name: &str, version: i64) -> Vec<String> {
        let uri = self.uri(name);
        let told = self.waits_for(|it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == uri.as_str()
                && it["params"]["version"] == version
        });
        let all = told["params"]["diagnostics"].as_array().unwrap();
        let shown = |it: &Value| {
            let (start, end) = (&it["range"]["start"], &it["range"]["end"]);
            let code = it["code"].as_str().unwrap();
            format!("{code} {}:{}-{}", start["line"], start["character"], end["character"])
        };
        all.iter().map(shown).collect()
    }

    /// Asks about the place behind this text, with which an open file begins.
    pub fn asks_behind(&mut self, method: &str, name: &str, before: &str) -> Value {
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
        let place = json!({
            "textDocument": {"uri": self.uri(name)},
            "position": {"line": line, "character": column},
        });
        self.asks(&format!("textDocument/{method}"), &place)
    }

    /// Opens a text and asks about the place that `||` marks in it; the mark is no part of the text.
    pub fn looks(&mut self, method: &str, name: &str, marked: &str) -> Value {
        let (before, after) = marked.split_once("||").unwrap();
        self.opens(name, &format!("{before}{after}"));
        self.asks_behind(method, name, before)
    }

    /// The labels of what is offered at the place that `||` marks.
    pub fn offers(&mut self, name: &str, marked: &str) -> Vec<String> {
        let found = self.looks("completion", name, marked);
        let all = found.as_array().unwrap_or_else(|| panic!("{found}"));
        all.iter().map(|it| it["label"].as_str().unwrap().to_owned()).collect()
    }

    /// Closes its side.
    pub fn goes(&mut self) {
        self.input = None;
    }

    /// The exit status of the server, which ends by itself.
    pub fn ends(mut self) -> i32 {
        self.server.wait().unwrap().code().unwrap()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let value = line.strip_prefix("Content-Length: ");
        length = value.unwrap_or_else(|| panic!("not of the protocol: {line}")).parse().unwrap();
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}
