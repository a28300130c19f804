//! The table of all rows, and the machine they were measured on.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::measure::{Figure, Used, in_turn, seconds};

/// A row: one of ours and one of theirs.
struct Row {
    what: String,
    unit: &'static str,
    ours: Figure,
    peer: String,
    theirs: Figure,
}

pub struct Results {
    groups: Vec<(&'static str, Vec<Row>)>,
}

/// Something that does the same work.
pub struct Peer<'a> {
    pub name: String,
    pub work: Box<dyn FnMut() -> Used + 'a>,
}

impl Results {
    pub fn new() -> Results {
        Results { groups: Vec::new() }
    }

    pub fn group(&mut self, name: &'static str) {
        println!("\n{name}");
        self.groups.push((name, Vec::new()));
    }

    pub fn row(
        &mut self,
        what: &str,
        unit: &'static str,
        ours: Vec<f64>,
        peer: &str,
        theirs: Vec<f64>,
    ) {
        let row = Row {
            what: what.to_owned(),
            unit,
            ours: Figure::of(ours),
            peer: peer.to_owned(),
            theirs: Figure::of(theirs),
        };
        println!("{}", line(&row));
        self.groups.last_mut().expect("a group has begun").1.push(row);
    }

    /// Compares work in this process.
    pub fn compare(
        &mut self,
        what: &str,
        peer: &str,
        mut ours: impl FnMut(),
        mut theirs: impl FnMut(),
    ) {
        let used = |wall| Used { wall, processor: 0.0, memory: 0.0 };
        let mut our = || used(seconds(&mut ours));
        let mut their = || used(seconds(&mut theirs));
        let all = in_turn(&mut [&mut our, &mut their]);
        let wall = |at: usize| all[at].iter().map(|used| used.wall).collect();
        self.row(what, "s", wall(0), peer, wall(1));
    }

    /// Compares whole programs: wall time, processor time and memory.
    pub fn programs(&mut self, what: &str, mut ours: impl FnMut() -> Used, peers: Vec<Peer<'_>>) {
        let (names, mut works): (Vec<_>, Vec<_>) =
            peers.into_iter().map(|peer| (peer.name, peer.work)).unzip();
        let mut all: Vec<&mut dyn FnMut() -> Used> = vec![&mut ours];
        all.extend(works.iter_mut().map(|work| &mut **work as &mut dyn FnMut() -> Used));
        let rounds = in_turn(&mut all);
        let pick = |at: usize, of: fn(&Used) -> f64| rounds[at].iter().map(of).collect::<Vec<_>>();
        for (at, name) in names.iter().enumerate() {
            let at = at + 1;
            for (kind, unit, of) in [
                ("", "s", (|used: &Used| used.wall) as fn(&Used) -> f64),
                (", processor", "s", |used| used.processor),
                (", memory", "MiB", |used| used.memory),
            ] {
                self.row(&format!("{what}{kind}"), unit, pick(0, of), name, pick(at, of));
            }
        }
    }

    pub fn write(&self) {
        let mut text = format!(
            "# Results\n\nWritten by `make bench` (benches/bench.rs) on {}. Medians of {} rounds, the least and the \
             most in brackets; both sides of a row were measured in turn. A ratio below 1 means that imgctl needs \
             less.\n\n",
            machine(),
            super::measure::ROUNDS
        );
        for (name, rows) in &self.groups {
            let _ =
                writeln!(text, "## {name}\n\n| | imgctl | peer | | ratio |\n|---|---|---|---|---|");
            for row in rows {
                let _ = writeln!(text, "{}", line(row));
            }
            text.push('\n');
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/RESULTS.md");
        std::fs::write(&path, text.trim_end().to_owned() + "\n").unwrap();
        println!("\n{}", path.display());
    }
}

fn line(row: &Row) -> String {
    let figure = |figure: &Figure| {
        let digits = if figure.median < 1.0 { 4 } else { 2 };
        let Figure { median, least, most } = figure;
        format!("{median:.digits$} {} ({least:.digits$}–{most:.digits$})", row.unit)
    };
    let (ours, theirs) = (figure(&row.ours), figure(&row.theirs));
    let ratio = row.ours.median / row.theirs.median;
    format!("| {} | {ours} | {} | {theirs} | {ratio:.2} |", row.what, row.peer)
}

fn output(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_default()
}

/// `AMD EPYC 7B13, 2 processors, Linux 6.1, 2026-11-29`.
fn machine() -> String {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let names = processors.lines().filter_map(|line| line.strip_prefix("model name"));
    let names: Vec<&str> = names.filter_map(|rest| rest.split(": ").nth(1)).collect();
    let name = names.first().copied().unwrap_or("an unknown processor");
    let profile = if cfg!(debug_assertions) { "the profile of `make build`" } else { "release" };
    format!(
        "{name}, {} processors, Linux {}, on {}, {profile}",
        names.len(),
        output("uname", &["-r"]),
        output("date", &["-u", "+%Y-%m-%d"])
    )
}
