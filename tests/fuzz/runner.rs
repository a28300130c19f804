//! Foreign bytes against our own parsers: inputs are grown from a corpus of real ones
//! (`tests/fuzz/corpus/NAME/`). The ordinary tests try a fixed number of them; `ROUNDS` or `MINUTES`
//! (of each target) try more, from another `SEED`.
//!
//! A target asserts what must hold for every input, and returns in a few words what became of this one.
//! An input with a new outcome is grown further. What a target needs at random it takes from the
//! generator it is given, which depends on the input alone.

mod mutate;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

pub use fastrand::Rng;

/// The seed of the ordinary tests.
const SEED: u64 = 1;
/// A single input that keeps a processor busy for longer hangs.
const HANGS: Duration = Duration::from_secs(60);
/// So does one that takes longer without being busy. On a loaded computer a thread waits for its turn.
const WAITS: Duration = Duration::from_secs(1200);
/// Attempts to make a failing input smaller.
const SHRINKS: usize = 500;
/// Inputs that are grown further.
const POOL: usize = 4096;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

fn number(name: &str) -> Option<u64> {
    let given = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(given.parse().unwrap_or_else(|_| panic!("{name}={given}: a number")))
}

/// Tries the corpus, and `rounds` inputs that are grown from it and from `words`.
pub fn run(name: &str, rounds: u64, words: &[&str], target: impl Fn(&[u8], &mut Rng) -> String) {
    let rounds = number("ROUNDS").unwrap_or(rounds);
    let seed = number("SEED").unwrap_or(SEED);
    let time = number("MINUTES").map(|minutes| Duration::from_secs(minutes * 60));
    let (begun, watch) = (Instant::now(), Watchdog::new(name));
    let (mut pool, mut outcomes) = (Vec::new(), BTreeSet::new());
    let mut slowest = Duration::ZERO;
    let mut attempt = |input: &[u8]| {
        watch.look_at(input);
        let start = Instant::now();
        let outcome = attempt(&target, input);
        slowest = slowest.max(start.elapsed());
        outcome
    };
    for (file, input) in corpus(name) {
        match attempt(&input) {
            Ok(outcome) => drop(outcomes.insert(kind(&outcome))),
            Err(why) => panic!("{}: {why}", file.display()),
        }
        pool.push(input);
    }
    let mut random = Rng::with_seed(seed ^ hash(name.as_bytes()));
    let mut tried = 0;
    while time.map_or(tried < rounds, |time| begun.elapsed() < time) {
        tried += 1;
        let input = mutate::grown(&mut random, &pool, words);
        match attempt(&input) {
            Ok(outcome) if pool.len() < POOL && outcomes.insert(kind(&outcome)) => pool.push(input),
            Ok(_) => {}
            Err(why) => {
                let small = shrunk(input, |input| attempt(input).is_err());
                let why = attempt(&small).err().unwrap_or(why);
                panic!("{why}\n{}", kept(name, &small));
            }
        }
    }
    println!("{name}: {tried} inputs, {} outcomes, slowest {slowest:?}", outcomes.len());
}

/// What a panic says is the error.
fn attempt(target: &impl Fn(&[u8], &mut Rng) -> String, input: &[u8]) -> Result<String, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                return usual(panic);
            }
            PLACE.set(panic.location().map(ToString::to_string).unwrap_or_default());
        }));
    });
    let mut random = Rng::with_seed(hash(input));
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(|| target(input, &mut random)));
    QUIET.set(false);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
        format!("{}: {}", PLACE.take(), text.unwrap_or_default())
    })
}

/// The outcome without its larger numbers, which would make each a new one.
fn kind(outcome: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    let digits = |text: &str| if text.len() == 1 { text.to_owned() } else { "#".to_owned() };
    let (mut kind, mut rest) = (String::new(), outcome);
    while let Some(at) = rest.find(is_digit) {
        kind.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
        kind.push_str(&digits(&rest[..end]));
        rest = &rest[end..];
    }
    kind.push_str(rest);
    kind.chars().take(200).collect()
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = top().join("tests/fuzz/corpus").join(name);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|_| panic!("no {}", folder.display()));
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files.into_iter().map(|file| (file.clone(), std::fs::read(&file).unwrap())).collect()
}

/// A smaller input that fails too: parts are cut off, ever smaller ones.
fn shrunk(mut input: Vec<u8>, mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let (mut size, mut left) = (input.len().div_ceil(2), SHRINKS);
    while size > 0 && left > 0 {
        let mut at = 0;
        while at < input.len() && left > 0 {
            left -= 1;
            let mut less = input.clone();
            less.drain(at..input.len().min(at + size));
            if fails(&less) {
                input = less;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    input
}

/// Writes the input to a file; says where it belongs.
fn kept(name: &str, input: &[u8]) -> String {
    let folder = top().join("target/fuzz").join(name);
    let file = folder.join(format!("{:016x}", hash(input)));
    std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, input)).unwrap();
    let mut text = format!("copy {} to tests/fuzz/corpus/{name}/", file.display());
    let _ =
        write!(text, ", which is {:?}", input[..input.len().min(2000)].escape_ascii().to_string());
    text
}

/// Ends the process when one input takes too long: nothing else can end a loop without end.
struct Watchdog {
    now: Arc<Mutex<Look>>,
    busy: Busy,
    _alive: Sender<()>,
}

/// The input that is tried, since when, and how long the thread had been busy before.
struct Look {
    since: Instant,
    busy: Duration,
    input: Vec<u8>,
}

impl Watchdog {
    fn new(name: &str) -> Watchdog {
        let busy = Busy::of_this_thread();
        let now = Look { since: Instant::now(), busy: busy.time(), input: Vec::new() };
        let now = Arc::new(Mutex::new(now));
        let (alive, ended) = channel();
        let (looked_at, name, of_worker) = (now.clone(), name.to_owned(), busy.clone());
        std::thread::spawn(move || {
            while ended.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                let look = looked_at.lock().unwrap();
                let (took, busy) =
                    (look.since.elapsed(), of_worker.time().saturating_sub(look.busy));
                if busy > HANGS || took > WAITS {
                    eprintln!("{name} hangs: {busy:?} of {took:?}\n{}", kept(&name, &look.input));
                    std::process::abort();
                }
            }
        });
        Watchdog { now, busy, _alive: alive }
    }

    fn look_at(&self, input: &[u8]) {
        *self.now.lock().unwrap() =
            Look { since: Instant::now(), busy: self.busy.time(), input: input.to_vec() };
    }
}

/// How long a thread has had a processor, where the kernel tells.
#[derive(Clone)]
struct Busy(PathBuf);

impl Busy {
    fn of_this_thread() -> Busy {
        let thread = std::fs::read_link("/proc/thread-self").unwrap_or_default();
        Busy(Path::new("/proc").join(thread).join("schedstat"))
    }

    fn time(&self) -> Duration {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let nanoseconds = text.split(' ').next().and_then(|word| word.parse().ok());
        Duration::from_nanos(nanoseconds.unwrap_or(0))
    }
}

/// The input in pieces, as a network delivers it.
pub fn pieces<'a>(input: &'a [u8], random: &mut Rng) -> Vec<&'a [u8]> {
    let most = random.usize(1..=input.len().clamp(1, 4096));
    let (mut pieces, mut rest) = (Vec::new(), input);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(random.usize(1..=most).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}
