//! Random edits of random files, and a large one.

use std::fmt::Write;

use imgctl::dictionary::{Dictionary, Follow};

use crate::refused::open;
use crate::styles::{CASES, read, side};

/// A small generator of numbers, so that a failure names the seed that repeats it.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }

    fn of<'t, T>(&mut self, things: &'t [T]) -> &'t T {
        &things[self.below(things.len())]
    }
}

/// Puts lines of comments and blank ones between those of a text, and other white space at their ends.
fn grown(text: &str, random: &mut Random) -> String {
    const MORE: [&str; 6] = ["\n", "# a: b\n", "    # {x: *y}\n", "#\n", "  \n", "\t\n"];
    let mut grown = String::new();
    for line in text.split_inclusive('\n') {
        grown.push_str(line);
        if line.ends_with('\n') && random.below(4) == 0 {
            let more: &str = random.of::<&str>(&MORE);
            grown.push_str(more);
        }
    }
    grown
}

/// Random files of YAML, grown from those of the cases: whatever is set, all other values are read as
/// before, and a value that is refused leaves the text as it is.
#[test]
fn random_edits_of_random_files_change_only_the_path() {
    const VALUES: [&str; 8] =
        ["ami-0", "x: y", "#", "true", "12", "it's \"a\"", "[1, {2}]", "\u{e9}\u{1f600} \t"];
    let yaml: Vec<_> = CASES.iter().filter(|(files, ..)| files.ends_with("yaml")).collect();
    let paths: Vec<&str> = CASES.iter().map(|(_, path, _)| *path).collect();
    let mut changed = 0;
    for seed in 0..400 {
        let mut random = Random(seed);
        let (files, own, _) = random.of(&yaml);
        let text = grown(&side(files, "before"), &mut random);
        let Ok(mut dictionary) = open("f.yaml", &text) else { continue };
        for _ in 0..3 {
            let before = dictionary.text().to_owned();
            let path = if random.below(3) == 0 { *random.of(&paths) } else { *own };
            let value = *random.of(&VALUES);
            let values = |dictionary: &Dictionary| -> Vec<Option<String>> {
                let others = paths.iter().filter(|other| **other != path);
                others.map(|other| dictionary.get(other).ok().flatten()).collect()
            };
            let others = values(&dictionary);
            let Ok(changes) = dictionary.set(path, value, Follow::Own) else {
                assert_eq!(dictionary.text(), before, "seed {seed}, {files}");
                continue;
            };
            changed += usize::from(changes);
            let after = dictionary.text();
            assert_eq!(
                dictionary.get(path).unwrap().as_deref(),
                Some(value),
                "seed {seed}, {files}"
            );
            assert_eq!(changes, before != after, "seed {seed}, {files}");
            // An alias of the changed value follows it, as it should.
            if !before.contains('&') {
                assert_eq!(values(&dictionary), others, "seed {seed}, {files}:\n{after}");
            }
            let comments = |text: &str| text.matches('#').count();
            let lost = comments(&before) > comments(after) + value.matches('#').count() + 1;
            assert!(!lost, "seed {seed}, {files}: comments are lost:\n{after}");
            // Whatever line was there and is not about the value is there still.
            let gone = before.lines().filter(|line| !after.contains(*line)).count();
            assert!(gone <= 4, "seed {seed}, {files}: {gone} lines are gone:\n{after}");
            // The text is the same for another reader.
            read("f.yaml", after.to_owned());
        }
    }
    assert!(changed > 200, "{changed} of the random edits were possible");
}

#[test]
fn a_file_of_ten_megabytes_is_edited() {
    let mut text = String::from("images:\n");
    let mut region = 0;
    while text.len() < 10 << 20 {
        region += 1;
        let (number, id) = (format!("# number {region}"), format!("ami-{region:08}"));
        writeln!(text, "  region-{region}:  {number}\n    centos7: {id}").unwrap();
    }
    let mut dictionary = open("f.yaml", &text).unwrap();
    assert!(dictionary.set("images.region-777.centos7", "ami-0new", Follow::Own).unwrap());
    assert_eq!(dictionary.text(), text.replace("ami-00000777\n", "ami-0new\n"));
}
