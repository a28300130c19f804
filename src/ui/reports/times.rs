//! Times as people read them.

pub use crate::ui::duration::duration;

/// The marks of a time axis: where each is, as a share of the whole, and what is written there.
pub fn marks(whole: f64) -> Vec<(f64, String)> {
    const STEPS: [f64; 16] = [
        0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0,
        3600.0,
    ];
    if whole <= 0.0 {
        return Vec::new();
    }
    let step = STEPS.into_iter().find(|step| whole / step <= 5.0).unwrap_or(whole / 5.0);
    let mut marks = Vec::new();
    let mut at = 0.0;
    while at < whole * 0.94 {
        marks.push((at / whole, short(at, step)));
        at += step;
    }
    marks
}

/// `0`, `0.5 s`, `30 s`, `2 min`, `1 h 30`.
fn short(seconds: f64, step: f64) -> String {
    match seconds {
        0.0 => "0".to_owned(),
        _ if step < 1.0 => format!("{seconds:.1} s"),
        ..60.0 => format!("{seconds:.0} s"),
        ..3600.0 if seconds % 60.0 == 0.0 => format!("{:.0} min", seconds / 60.0),
        ..3600.0 => format!("{:.0}:{:02.0} min", (seconds / 60.0).floor(), seconds % 60.0),
        _ => format!("{:.0} h {:02.0}", (seconds / 3600.0).floor(), seconds % 3600.0 / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_a_few_round_marks() {
        let texts = |whole| marks(whole).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(0.32), ["0", "0.1 s", "0.2 s", "0.3 s"]);
        assert_eq!(texts(8.0), ["0", "2 s", "4 s", "6 s"]);
        assert_eq!(texts(100.0), ["0", "30 s", "1 min", "1:30 min"]);
        assert_eq!(texts(5400.0), ["0", "30 min", "1 h 00"]);
        for whole in [0.0, 0.001, 1e9, f64::MAX] {
            assert!(marks(whole).len() < 7, "{whole}");
        }
    }
}
