//! One round: a story with a disturbance in it, and the search for what was left.

use std::cell::RefCell;
use std::os::unix::process::ExitStatusExt;
use std::process::{Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::cloud::Cloud;
use super::guest::Ran;
use super::plan::{Disturbance, Measure, Plan, Step, WHOLE};

/// After that a command is taken for one that never ends.
const PATIENCE: Duration = Duration::from_secs(240);
/// How often a user tries a command again, with the network mended.
const TRIES: usize = 4;

pub struct Round<'a> {
    cloud: &'a dyn Cloud,
    /// What was run and what it said.
    transcript: RefCell<String>,
    /// Everything that was printed so far.
    shown: RefCell<String>,
    /// How often an image was asked for by a command that did not come to its end.
    unfinished: RefCell<usize>,
}

impl<'a> Round<'a> {
    pub fn new(cloud: &'a dyn Cloud) -> Round<'a> {
        Round {
            cloud,
            transcript: RefCell::default(),
            shown: RefCell::default(),
            unfinished: RefCell::default(),
        }
    }

    pub fn transcript(&self) -> String {
        self.transcript.borrow().clone()
    }

    /// Every step once, without faults.
    pub fn measure(&self) -> Vec<Measure> {
        let measured = WHOLE.iter().filter(|step| self.can(step)).map(|step| {
            self.cloud.count();
            let begun = Instant::now();
            self.until_it_succeeds(step);
            let changes = self.cloud.counted();
            Measure { step, changes, time: begun.elapsed() }
        });
        let measured = measured.collect();
        self.nothing_is_left();
        measured
    }

    pub fn play(&self, plan: &Plan) {
        for (number, step) in plan.story.iter().enumerate().filter(|(_, step)| self.can(step)) {
            // The cloud refuses a late request for an image with the name of one that exists. Once that is
            // deleted, it makes another image, which only `gc` can find.
            if let Some(proxy) = self.cloud.proxy().filter(|_| *step == "delete_image") {
                proxy.settle();
            }
            if number == plan.step {
                let ran = self.disturbed(step, &plan.disturbance);
                let killed = ran.status == 128 + 9;
                *self.unfinished.borrow_mut() += usize::from(*step == "create_image" && killed);
                if plan.gives_up && killed {
                    break;
                }
                // Only a second image is not the same as one.
                if *step == "create_image" && ran.status == 0 {
                    self.check(step);
                    continue;
                }
            }
            self.until_it_succeeds(step);
            self.check(step);
        }
        self.until_it_succeeds("destroy");
        self.nothing_is_left();
    }

    fn can(&self, step: Step) -> bool {
        step != "down" || self.cloud.can_stop()
    }

    fn until_it_succeeds(&self, step: Step) {
        let mut ran = self.run(&self.words(step), None);
        for _ in 1..TRIES {
            let gone = step == "delete_image" && self.cloud.images().is_empty();
            if ran.status == 0 || gone {
                return;
            }
            assert_ne!(ran.status, 101, "a panic:\n{ran}");
            // The advice is followed.
            if !["up", "destroy"].contains(&step) && hint_says(&ran, "imgctl up") {
                self.run(&["up".to_owned()], None);
            }
            ran = self.run(&self.words(step), None);
        }
        assert_eq!(ran.status, 0, "{step} fails {TRIES} times:\n{ran}");
    }

    fn words(&self, step: Step) -> Vec<String> {
        let mut words = Vec::new();
        // The same command again, word for word.
        if step == "up" || !self.cloud.project().has_state() {
            words.extend(self.cloud.words().into_iter().map(str::to_owned));
        }
        let id = self.announced().pop();
        words.push(match (step, id) {
            ("delete_image", Some(id)) => format!("delete_image:{id}"),
            _ => step.to_owned(),
        });
        words
    }

    /// The images that were told to the user, oldest first.
    fn announced(&self) -> Vec<String> {
        let shown = self.shown.borrow();
        let lines = shown.lines().filter_map(|line| line.strip_prefix("created server image: "));
        lines.map(str::to_owned).collect()
    }

    fn disturbed(&self, step: Step, disturbance: &Disturbance) -> Ran {
        let words = self.words(step);
        let (told, held) = channel();
        match *disturbance {
            Disturbance::Fault(moment, fault) => {
                let more = self.cloud.arm(moment, fault, told);
                self.run(&[more, words].concat(), None)
            }
            Disturbance::KillAfter(time) => self.run(&words, Some(Kill::After(time))),
            Disturbance::KillAt(moment, fault) => {
                let more = self.cloud.arm(moment, fault, told);
                let ran = self.run(&[more, words].concat(), Some(Kill::When(held)));
                // A command that ended before is not killed, and the next one must not be held for ever.
                if let Some(proxy) = self.cloud.proxy() {
                    proxy.disarm();
                }
                ran
            }
        }
    }

    /// Runs the real binary to its end, or to its kill.
    fn run(&self, words: &[String], mut kill: Option<Kill>) -> Ran {
        if let Some(proxy) = self.cloud.proxy() {
            proxy.note(&format!("$ imgctl {}", words.join(" ")));
        }
        let files = tempfile::tempdir().unwrap();
        let path = |name: &str| files.path().join(name);
        let file = |name: &str| std::fs::File::create(path(name)).unwrap();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let begun = Instant::now();
        let mut command = self.cloud.project().command(&words);
        command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr"));
        let mut child = command.spawn().unwrap();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if kill.as_mut().is_some_and(|kill| kill.is_due(begun)) || begun.elapsed() > PATIENCE {
                child.kill().unwrap();
                break child.wait().unwrap();
            }
            std::thread::sleep(Duration::from_millis(3));
        };
        if let Some(proxy) = self.cloud.proxy() {
            proxy.release();
        }
        let read = |name: &str| std::fs::read(path(name)).unwrap();
        let output = Output { status, stdout: read("stdout"), stderr: read("stderr") };
        let ran = Ran::new(&words, output);
        self.shown.borrow_mut().push_str(&format!("{}{}", ran.stdout, ran.stderr));
        self.transcript.borrow_mut().push_str(&format!("[{:.1?}] {ran}\n", begun.elapsed()));
        assert!(kill.is_some() || status.signal().is_none(), "it never ends:\n{ran}");
        ran
    }

    /// What must be so after a step has succeeded.
    fn check(&self, step: Step) {
        let (instances, images) = (self.cloud.instances(), self.cloud.images());
        match step {
            "up" => assert_eq!(instances.len(), 1, "one instance: {instances:?}"),
            "create_image" => {
                let most = 1 + *self.unfinished.borrow();
                assert!((1..=most).contains(&images.len()), "one image: {images:?}");
                self.are_known(&images);
            }
            "verify_image" | "down" => assert!(instances.len() <= 1, "{instances:?}"),
            "delete_image" => assert_eq!(images, Vec::<String>::new(), "deleted"),
            _ => {}
        }
    }

    /// Each image is in the state file.
    fn are_known(&self, images: &[String]) {
        let path = self.cloud.project().path().join(".state.json");
        let state = std::fs::read_to_string(path).unwrap_or_default();
        let unknown: Vec<_> = images.iter().filter(|image| !state.contains(*image)).collect();
        assert!(unknown.is_empty(), "images that the state does not know: {unknown:?}\n{state}");
    }

    /// `destroy` has succeeded.
    fn nothing_is_left(&self) {
        if let Some(proxy) = self.cloud.proxy() {
            proxy.settle();
        }
        self.cloud.settle();
        let nothing = Vec::<String>::new();
        assert_eq!(self.cloud.left(), nothing, "left behind");
        let shown = self.shown.borrow().clone();
        let mut images = self.cloud.images();
        images.retain(|image| !shown.contains(image));
        assert_eq!(images, nothing, "images that nobody was told of");
        let files = std::fs::read_dir(self.cloud.project().path()).unwrap();
        let files = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
        let files: Vec<String> = files.filter(|name| name.starts_with(".state")).collect();
        assert_eq!(files, nothing, "files of the state");

        let before = self.cloud.images();
        let mut words: Vec<String> = self.cloud.words().into_iter().map(str::to_owned).collect();
        words.extend(["gc", "--older-than", "0s", "--yes"].map(str::to_owned));
        let ran = self.run(&words, None).succeeds();
        assert!(
            format!("{}{}", ran.stdout, ran.stderr).contains("nothing was left behind"),
            "{ran}"
        );
        assert_eq!(self.cloud.images(), before, "gc keeps the user's images");
    }
}

enum Kill {
    After(Duration),
    /// When this is told.
    When(Receiver<()>),
}

impl Kill {
    fn is_due(&mut self, begun: Instant) -> bool {
        match self {
            Kill::After(time) => begun.elapsed() >= *time,
            Kill::When(told) => told.try_recv().is_ok(),
        }
    }
}

fn hint_says(ran: &Ran, text: &str) -> bool {
    ran.stderr.split("hint: ").skip(1).any(|hint| hint.contains(&format!("`{text}`")))
}
