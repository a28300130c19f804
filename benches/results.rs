//! The table of all rows, and the machine they were measured on.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::measure::{Figure, ROUNDS, Used, in_turn, seconds};

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
        let all = in_turn(ROUNDS, &mut [&mut our, &mut their]);
        let wall = |at: usize| all[at].iter().map(|used| used.wall).collect();
        self.row(what, "s", wall(0), peer, wall(1));
    }

    /// Compares whole programs: wall time, processor time and memory.
    pub fn programs(&mut self, what: &str, ours: impl FnMut() -> Used, peers: Vec<Peer<'_>>) {
        self.programs_in(ROUNDS, what, ours, peers);
    }

    /// The same, this many times.
    pub fn programs_in(
        &mut self,
        rounds: usize,
        what: &str,
        mut ours: impl FnMut() -> Used,
        peers: Vec<Peer<'_>>,
    ) {
        let (names, mut works): (Vec<_>, Vec<_>) =
            peers.into_iter().map(|peer| (peer.name, peer.work)).unzip();
        let mut all: Vec<&mut dyn FnMut() -> Used> = vec![&mut ours];
        all.extend(works.iter_mut().map(|work| &mut **work as &mut dyn FnMut() -> Used));
        let rounds = in_turn(rounds, &mut all);
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

    /// Replaces the sections of the groups that were measured; the others stay as they were.
    pub fn write(&self, order: &[&str]) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/RESULTS.md");
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        let mut text = HEADER.to_owned();
        for name in order {
            let measured = self.groups.iter().find(|(group, _)| group == name);
            let section = match measured {
                Some((_, rows)) => Some(section(rows)),
                None => section_of(&old, name).map(str::to_owned),
            };
            if let Some(section) = section {
                let _ = write!(text, "\n## {name}\n\n{}\n", section.trim());
            }
        }
        std::fs::write(&path, text).unwrap();
        println!("\n{}", path.display());
    }
}

const HEADER: &str = "# Results

Written by `make bench` (benches/bench.rs). Medians, the least and the most in brackets; both sides of a row were
measured in turn. A ratio below 1 means that imgctl needs less.
";

fn section(rows: &[Row]) -> String {
    let mut text =
        format!("{}\n\n| | imgctl | peer | | ratio |\n|---|---|---|---|---|\n", machine());
    for row in rows {
        let _ = writeln!(text, "{}", line(row));
    }
    text
}

/// What is below a heading, up to the next.
fn section_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, below) = text.split_once(&format!("\n## {name}\n"))?;
    Some(below.split_once("\n## ").map_or(below, |(section, _)| section))
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

/// `AMD EPYC 7B13, 2 processors, Linux 6.1, on 2026-11-29, release`.
fn machine() -> String {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let names = processors.lines().filter_map(|line| line.strip_prefix("model name"));
    let names: Vec<&str> = names.filter_map(|rest| rest.split(": ").nth(1)).collect();
    let name = names.first().copied().unwrap_or("an unknown processor");
    let profile = if cfg!(debug_assertions) { "the profile of `make build`" } else { "release" };
    let release = output("uname", &["-r"]);
    let kernel: Vec<&str> = release.split('.').take(2).collect();
    format!(
        "{name}, {} processors, Linux {}, on {}, {profile}",
        names.len(),
        kernel.join("."),
        output("date", &["-u", "+%Y-%m-%d"])
    )
}
