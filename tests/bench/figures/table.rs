//! The table of results.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::figure::Wanted;
use super::{Chapter, Figure, Results};

/// A table of all figures, and of their changes if there are earlier ones.
pub fn table(results: &Results, earlier: Option<&Results>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let mut header = vec!["scenario", "figure", "median", "min – max", "wanted"];
    header.extend(earlier.map(|_| "change"));
    table.set_header(header);
    for scenario in &results.scenarios {
        for (place, figure) in scenario.figures.iter().enumerate() {
            let title = if place == 0 { format!("{} {}", scenario.name, scenario.keys) } else { String::new() };
            let mut row = vec![Cell::new(title)];
            row.extend(cells(figure, results.quick));
            row.extend(earlier.map(|earlier| right(change(scenario, figure, earlier))));
            table.add_row(row);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn cells(figure: &Figure, quick: bool) -> [Cell; 4] {
    [
        Cell::new(&figure.name),
        right(format!("{} {}", number(figure.median), figure.unit)),
        right(format!("{} – {}", number(figure.min), number(figure.max))),
        // The limits are for many keys, so they do not apply to a quick run.
        right(if quick { String::new() } else { wanted(figure) }),
    ]
}

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

fn wanted(figure: &Figure) -> String {
    let mark = if figure.holds() == Some(false) { "missed" } else { "ok" };
    match figure.wanted {
        None => String::new(),
        Some(Wanted::AtMost(limit)) => format!("≤ {} {mark}", number(limit)),
        Some(Wanted::AtLeast(limit)) => format!("≥ {} {mark}", number(limit)),
    }
}

fn change(scenario: &Chapter, figure: &Figure, earlier: &Results) -> String {
    match earlier.figure(scenario, &figure.name) {
        None => "new".to_owned(),
        Some(before) if before.median == 0.0 => format!("was {}", number(before.median)),
        Some(before) => format!("{:+.1} %", (figure.median / before.median - 1.0) * 100.0),
    }
}

/// A number with its significant digits.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        0.1.. => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}
