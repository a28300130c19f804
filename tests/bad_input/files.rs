//! Files that are of another kind, broken, or written by something else: the configuration, the state,
//! scripts, keys and user data.

use super::table::{Case, FAKE, all};

/// Lines of the shell that make the files, the words, the exit status, how the error begins, and the
/// place, the cause or the cure.
type Row = (&'static str, &'static [&'static str], i32, &'static str, &'static str);

/// Settings, and the same of an `up` with them.
type Login = (&'static str, &'static str, i32, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("printf '\\357\\273\\277{}' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '\\377\\376{\\000}\\000' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{\"version\": 1, \"run\": \"r\", \"cloud\": \"fake\", \"region\": \"\", \"d' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{\"version\":\"1\"}' > .state.json", &["status"], 2, "DIR/.state.json is not a state file of imgctl", "name another file with --state"),
    ("printf '{\"version\":2}' > .state.json", &["status"], 2, "the state file DIR/.state.json was written by a", "use that imgctl, or name another file"),
    ("printf '{\"version\":1,\\012\"run\":\"r\",\"run\":\"s\"}' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "the key `run` is given twice at line 2"),
    ("printf '{\"version\":1,\\012\"images\":[],\"images\":[]}' > images.json", &["up"], 2, "the manifest DIR/images.json is broken", "the key `images` is given twice at line 2"),
    ("printf '{\"version\":1,\"images\":[{\"id\":\"a\",\\012\"id\":\"b\"}]}' > images.json", &["up"], 2, "the manifest DIR/images.json is broken", "the key `id` is given twice at line 2"),
    ("printf '{\"version\":1,\"version\":1}' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{\"version\": 1, \"run\": \"r\", \"cloud\": \"\", \"region\": \"\", \"distribution\": \"debian12\", \"created\": \"x\", \"instances\": {\"build\": {\"name\": \"x\", \"ssh_port\": 22, \"username\": \"u\", \"image\": \"i\"}}}' > .state.json", &["status"], 2, "unknown cloud ``", "use one of: local, ec2, openstack,"),
    ("printf '{\"version\": 1, \"run\": \"r\", \"cloud\": \"fake\", \"region\": \"\", \"distribution\": \"debian12\", \"created\": \"x\", \"instances\": []}' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{\"version\": 1, \"run\": \"r\", \"cloud\": \"fake\", \"region\": \"\", \"distribution\": \"debian12\", \"created\": \"x\", \"instances\": {\"build\": null}}' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{\"version\": 1, \"run\": \"r\", \"cloud\": \"fake\", \"region\": \"\", \"distribution\": \"debian12\", \"created\": \"x\", \"instances\": {\"build\": {}}}' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf 'version: 1' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '<html>' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{\"version\":1,\"run\":\"\\351\"}' > .state.json", &["status"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{' > .state.json", &["up"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{' > .state.json", &["destroy"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{' > .state.json", &["gc"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{' > .state.json", &["check"], 2, "the state file DIR/.state.json is broken", "restore it from a copy, or move it away"),
    ("printf '{\"version\":9}' > .state.json", &["up"], 2, "the state file DIR/.state.json was written by a", "use that imgctl, or name another file"),
    ("printf '{\"version\": 1, \"run\": \"r\", \"cloud\": \"nope\", \"region\": \"\", \"distribution\": \"debian12\", \"created\": \"x\", \"instances\": {\"build\": {\"name\": \"x\", \"ssh_port\": 22, \"username\": \"u\", \"image\": \"i\"}}}' > .state.json", &["up"], 2, "unknown cloud `nope`", "use one of: local, ec2, openstack,"),
    ("printf '{\"version\": 1, \"run\": \"r\", \"cloud\": \"nope\", \"region\": \"\", \"distribution\": \"debian12\", \"created\": \"x\", \"instances\": {\"build\": {\"name\": \"x\", \"ssh_port\": 22, \"username\": \"u\", \"image\": \"i\"}}}' > .state.json", &["gc"], 2, "unknown cloud `nope`", "use one of: local, ec2, openstack,"),
    ("mkdir .state.json", &["status"], 2, "cannot use DIR/.state.json as the state file", "it is a folder"),
    ("mkfifo .state.json", &["status"], 2, "cannot use DIR/.state.json as the state file", "it is not a regular file"),
    ("mkfifo .state.json", &["up"], 2, "cannot use DIR/.state.json as the state file", "it is not a regular file"),
    ("ln -s .state.json .state.json", &["status"], 2, "cannot use DIR/.state.json as the state file", "remove the link, or create its target's"),
    ("ln -s nowhere/x .state.json", &["up"], 2, "cannot use DIR/.state.json as the state file", "remove the link, or create its target's"),
    ("mkdir .state.json", &["up"], 2, "cannot use DIR/.state.json as the state file", "it is a folder"),
    ("rm config.yaml; mkdir config.yaml", &["status"], 2, "cannot read DIR/config.yaml", "check --config, or write a new file"),
    ("rm config.yaml; ln -s config.yaml config.yaml", &["status"], 2, "cannot read DIR/config.yaml", "check --config, or write a new file"),
    ("rm config.yaml; ln -s nope config.yaml", &["status"], 2, "cannot read DIR/config.yaml", "check --config, or write a new file"),
    ("mkdir -p scripts/x.rhai", &["x"], 2, "cannot use scripts/x.rhai as a script", "remove it, or give it another name"),
    ("mkdir -p scripts/x.rhai", &["list"], 2, "cannot use scripts/x.rhai as a script", "remove it, or give it another name"),
    ("mkdir scripts; mkfifo scripts/x.rhai", &["x"], 2, "cannot use scripts/x.rhai as a script", "remove it, or give it another name"),
    ("mkdir scripts; ln -s x.rhai scripts/x.rhai", &["x"], 2, "cannot use scripts/x.rhai as a script", "remove it, or give it another name"),
    ("mkdir -p stdlib/wait.rhai", &["up"], 2, "cannot use stdlib/wait.rhai as a script", "remove it, or give it another name"),
    ("mkdir -p stdlib; printf 'fn x() {}' > stdlib/wait.rhai", &["up"], 2, "there is no function `wait::ready`", "scripts/up.rhai:22:11"),
    ("mkdir -p stdlib; printf 'fn (' > stdlib/wait.rhai", &["up"], 2, "Expecting function name in function", "stdlib/wait.rhai:1:4"),
    ("mkdir -p scripts; printf 'let =' > scripts/x.rhai", &["x"], 2, "Expecting name of a variable", "scripts/x.rhai:1:5"),
    ("mkdir -p scripts; printf 'print(\"\\351\")' > scripts/x.rhai", &["x"], 2, "cannot read DIR/scripts/x.rhai", "pass the path of a script file; `imgctl"),
    ("mkdir -p scripts; printf '\\377\\376p\\000r\\000i\\000n\\000t\\000(\\0001\\000)\\000' > scripts/x.rhai", &["x"], 2, "cannot read DIR/scripts/x.rhai", "pass the path of a script file; `imgctl"),
    ("mkdir -p scripts; printf 'print(1);\\015\\012nope();\\015\\012' > scripts/x.rhai", &["x"], 2, "there is no function `nope`", "scripts/x.rhai:2:1"),
    ("mkdir -p scripts; printf 'print(1);\\000' > scripts/x.rhai", &["x"], 2, "Unexpected ''", "scripts/x.rhai:1:10"),
    ("mkdir -p scripts; printf 'import \"a\" as a;' > scripts/x.rhai; mkdir -p scripts; printf 'import \"b\" as b;' > scripts/a.rhai; mkdir -p scripts; printf 'import \"a\" as a;' > scripts/b.rhai", &["x"], 2, "scripts/a.rhai imports itself: scripts/a", "move what both modules need into a"),
    ("mkdir -p scripts; printf 'import \"x\" as x;' > scripts/x.rhai", &["x"], 2, "scripts/x.rhai imports itself: scripts/x.rhai", "move what both modules need into a"),
    ("mkdir -p scripts; printf 'nope()' > scripts/x.rhai", &["up", "x"], 2, "there is no function `nope`", "scripts/x.rhai:1:1"),
    ("mkdir -p scripts; printf 'print(1)' > 'scripts/a:b.rhai'", &["a:b"], 2, "there is no task `a`", "use one of these tasks: a:b, bake,"),
    ("mkdir -p scripts; printf 'print(1)' > scripts/cloud.rhai", &["cloud"], 2, "`cloud` names no cloud", "write `cloud:NAME`"),
    ("mkdir -p scripts; printf 'args::parse([\"a\"],#{b: 1}); ' > scripts/x.rhai", &["x:a=1,b=c"], 2, "the argument `b` is `c`, which is not a whole", "ch is not a whole number"),
    ("mkdir -p scripts; printf 'import \"b\" as b;' > scripts/x.rhai; mkdir -p scripts; printf '\\377' > scripts/b.rhai", &["x"], 2, "cannot read DIR/scripts/b.rhai", "pass the path of a script file; `imgctl"),
    ("mkdir -p scripts/b.rhai; echo 'import \"b\" as b;' > scripts/x.rhai", &["x"], 2, "cannot read DIR/scripts/b.rhai", "pass the path of a script file; `imgctl"),
    ("mkdir -p scripts; printf 'import \"b\" as b;' > scripts/x.rhai; mkdir -p scripts; printf '\\012\\012let =' > scripts/b.rhai", &["x"], 2, "Expecting name of a variable", "scripts/b.rhai:3:5"),
    ("mkdir -p scripts; printf 'import \"b\" as b; b::nope(1)' > scripts/x.rhai; mkdir -p scripts; printf 'fn y() {}' > scripts/b.rhai", &["x"], 2, "there is no function `b::nope`", "scripts/x.rhai:1:21"),
    ("mkdir -p scripts; printf 'import \"b\" as b; b::y()' > scripts/x.rhai; mkdir -p scripts; printf 'private fn y() {}' > scripts/b.rhai", &["x"], 2, "there is no function `b::y`", "scripts/x.rhai:1:21"),
    ("rm config.yaml; printf '\\377\\376d\\000e\\000f\\000a\\000u\\000l\\000t\\000s\\000:\\000 \\000{\\000}\\000' > config.yaml", &["status"], 2, "cannot read DIR/config.yaml", "check --config, or write a new file"),
    ("rm config.yaml; printf '\\000d\\000e\\000f\\000a\\000u\\000l\\000t\\000s\\000:\\000 \\000{\\000}' > config.yaml", &["status"], 2, "cannot read DIR/config.yaml", "check --config, or write a new file"),
    ("rm config.yaml; printf 'defaults: {name: \"\\351\"}\\012' > config.yaml", &["status"], 2, "cannot read DIR/config.yaml", "check --config, or write a new file"),
    ("rm config.yaml; printf 'a: 1\\012b: \\351\\012' > config.yaml", &["status"], 2, "cannot read DIR/config.yaml", "check --config, or write a new file"),
    ("rm config.yaml; printf '\\037\\213\\010' > config.yaml", &["status"], 2, "cannot read DIR/config.yaml", "check --config, or write a new file"),
    ("mkdir scripts; ln -s nope scripts/x.rhai", &["x"], 2, "cannot use scripts/x.rhai as a script", "remove it, or give it another name"),
    ("mkdir stdlib; mkfifo stdlib/wait.rhai", &["up"], 2, "cannot use stdlib/wait.rhai as a script", "remove it, or give it another name"),
    ("mkdir d", &["run", "d"], 2, "cannot read DIR/d", "pass the path of a script file; `imgctl"),
    ("mkdir d", &["check", "d"], 2, "cannot read d", "pass the path of a script file; `imgctl"),
    ("printf 'print(\"\\351\")' > x", &["run", "x"], 2, "cannot read DIR/x", "pass the path of a script file; `imgctl"),
    ("printf '\\012\\012\\351' > x", &["check", "x"], 2, "cannot read x", "pass the path of a script file; `imgctl"),
    ("ln -s nope/x l", &["run", "-e", "fs::write(\"l\", \"x\")"], 1, "cannot write DIR/l", "it is a link to a file that does not"),
    ("mkfifo p", &["run", "-e", "fs::write(\"p\", \"x\")"], 1, "cannot write DIR/p", "it is not a regular file"),
    ("mkdir d", &["run", "-e", "fs::write(\"d\", \"x\")"], 1, "cannot write DIR/d", "is a directory"),
];

#[rustfmt::skip]
const LOGINS: &[Login] = &[
    ("key_file: k", "", 2, "key file DIR/k does not exist", "name an existing file, or omit it for a"),
    ("key_file: k", "touch k", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "mkdir k", 2, "cannot read the key file DIR/k", "name a key file that you can read, or"),
    ("key_file: k", "echo hello > k", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "ssh-keygen -q -N '' -f k -t ed25519; mv k.pub k", 2, "DIR/k is not a usable private key", "name the private key file, without .pub"),
    ("key_file: k", "ssh-keygen -q -N secret1 -t ed25519 -f k", 2, "the key DIR/k has a passphrase", "set key_file to a key without a"),
    ("key_file: k", "ssh-keygen -q -N secret1 -t ed25519 -f k; rm k.pub", 2, "the key DIR/k has a passphrase", "set key_file to a key without a"),
    ("key_file: k", "ssh-keygen -q -m PEM -N secret1 -t rsa -f k; rm k.pub", 2, "the key DIR/k has a passphrase", "set key_file to a key without a"),
    ("key_file: k", "ssh-keygen -q -N '' -f k -t ed25519; head -c 200 k > j; mv j k; rm k.pub", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "ssh-keygen -q -N '' -f k -t ed25519; head -c 200 k > j; mv j k", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "printf 'PuTTY-User-Key-File-3: ssh-ed25519\\nEncryption: none\\nComment: x\\nPublic-Lines: 2\\n' > k", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "printf -- '-----BEGIN DSA PRIVATE KEY-----\\nMIIBugIBAAKBgQ==\\n-----END DSA PRIVATE KEY-----\\n' > k", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "printf -- '-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n' > k", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "printf -- '---- BEGIN SSH2 PUBLIC KEY ----\\nAAAA\\n---- END SSH2 PUBLIC KEY ----\\n' > k", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "ssh-keygen -q -N '' -f k -t ed25519; printf '\\357\\273\\277' | cat - k > j; mv j k; rm k.pub", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "ssh-keygen -q -N '' -f k -t ed25519; cp k.pub a; rm k k.pub; ssh-keygen -q -N '' -f k -t ed25519; cp a k.pub", 2, "DIR/k.pub does not belong to DIR/k", "remove it, or write it anew: ssh-keygen"),
    ("key_file: k", "ssh-keygen -q -N '' -f k -t ed25519; echo x > k.pub", 2, "DIR/k.pub contains no public key", "write one line such as `ssh-ed25519"),
    ("key_file: k", "ssh-keygen -q -N '' -f k -t ed25519; rm k.pub; mkdir k.pub", 2, "cannot read the key file DIR/k.pub", "name a key file that you can read, or"),
    ("key_file: k", "printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Blbg==\\n-----END OPENSSH PRIVATE KEY-----\\n' > k", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "printf -- '-----BEGIN ENCRYPTED PRIVATE KEY-----\\nMIIB\\n-----END ENCRYPTED PRIVATE KEY-----\\n' > k", 2, "the key DIR/k has a passphrase", "set key_file to a key without a"),
    ("key_file: k", "head -c 1000 /dev/zero > k", 2, "DIR/k is not a usable private key", "restore it from a copy, or name another"),
    ("key_file: k", "ln -s /dev/zero k", 2, "cannot read the key file DIR/k", "name a key file that you can read, or"),
    ("key_pair: a", "", 2, "key_pair is `a`, but key_file is not set", "set key_file to its private key, or"),
    ("public_key_file: k", "touch k", 2, "public_key_file is set, but key_file is not", "set key_file to its private key, or"),
    ("user_data: a, user_data_file: b", "", 2, "user_data and user_data_file are both set", "remove one of them; the file is DIR/b"),
    ("user_data_file: b", "", 2, "cannot read user_data_file DIR/b", "No such file or directory"),
    ("user_data: 'hello'", "", 2, "user_data begins with \"hello\", which", "set `user_data` to the text itself, or"),
    ("user_data_file: /", "", 2, "cannot read user_data_file /", "Is a directory"),
    ("user_data_file: /dev/zero", "", 2, "cannot read user_data_file /dev/zero", "it is larger than 16 MiB, the most that"),
    ("user_data_file: b", "printf '#cloud-config\\012# \\351' > b", 2, "cannot read user_data_file DIR/b", "it is not UTF-8 text (at byte 16, in"),
    ("key_file: /dev/zero", "", 2, "cannot read the key file /dev/zero", "name a key file that you can read, or"),
    ("key_file: /", "", 2, "cannot read the key file /", "name a key file that you can read, or"),
    ("key_file: \"~/k\"", "mkdir k", 2, "cannot read the key file DIR/k", "name a key file that you can read, or"),
];

#[test]
fn a_file_that_is_wrong_is_named() {
    all(ROWS.iter().map(|&(setup, words, status, error, cure)| {
        let may_change: &[&str] = if status == 1 { &["world.json"] } else { &[] };
        Case { setup, words, status, error, cure, may_change, ..Case::default() }
    }));
}

#[test]
fn a_login_that_cannot_work_is_refused_before_the_run_begins() {
    let configs: Vec<String> = LOGINS
        .iter()
        .map(|(setting, ..)| FAKE.replacen("debian12", &format!("debian12, {setting}"), 1))
        .collect();
    all(LOGINS.iter().zip(&configs).map(|(&(_, setup, status, error, cure), config)| Case {
        config,
        setup,
        words: &["up"],
        status,
        error,
        cure,
        ..Case::default()
    }));
}
