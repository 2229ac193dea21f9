//! Tables for people, which fit into any width from 60 columns.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// The space after each column.
const GAP: usize = 2;
/// If there is not enough room, names are cut to this part of the width.
const SHARE_OF_NAMES: usize = 3;

/// A column of a table. Cells contain no spaces, so that lines can be split at spaces.
#[derive(Clone)]
pub(in crate::report) struct Column {
    title: &'static str,
    cells: Vec<String>,
    is_number: bool,
}

impl Column {
    pub(in crate::report) fn names(title: &'static str, cells: impl IntoIterator<Item = String>) -> Self {
        Self { title, cells: cells.into_iter().collect(), is_number: false }
    }

    pub(in crate::report) fn numbers(title: &'static str, cells: impl IntoIterator<Item = String>) -> Self {
        Self { is_number: true, ..Self::names(title, cells) }
    }

    pub(in crate::report) fn title(&self) -> &'static str {
        self.title
    }

    pub(in crate::report) fn cells(&self) -> &[String] {
        &self.cells
    }

    pub(in crate::report) fn is_number(&self) -> bool {
        self.is_number
    }

    /// Whether no line has anything to show in this column.
    pub(super) fn is_zero(&self) -> bool {
        self.cells.iter().all(|cell| ["0", "-", "0B", "~0B"].contains(&cell.as_str()))
    }

    fn width(&self) -> usize {
        self.cells.iter().map(String::len).fold(self.title.len(), usize::max)
    }
}

/// The table as text. The first column names the lines. Columns that do not fit into the width follow in further
/// tables, which begin with the names, too.
pub(in crate::report) fn fitted(names: Column, columns: &[Column], width: usize) -> String {
    tables(names, columns, width).join("\n")
}

/// Like [`fitted`], without the last column if it would be alone in a table.
pub(super) fn fitted_but_last(names: Column, columns: &[Column], width: usize) -> String {
    let but_last = &columns[..columns.len().saturating_sub(1)];
    let (all, fewer) = (tables(names.clone(), columns, width), tables(names, but_last, width));
    if all.len() > fewer.len() { fewer.join("\n") } else { all.join("\n") }
}

fn tables(mut names: Column, columns: &[Column], width: usize) -> Vec<String> {
    let others: usize = columns.iter().map(|column| GAP + column.width()).sum();
    let longest = width.saturating_sub(others).max(width / SHARE_OF_NAMES);
    names.cells = names.cells.iter().map(|name| shortened(name, longest)).collect();
    let mut tables = Vec::new();
    let (mut part, mut used): (Vec<&Column>, usize) = (vec![&names], names.width());
    for column in columns {
        if part.len() > 1 && used + GAP + column.width() > width {
            tables.push(table(&part));
            (part, used) = (vec![&names], names.width());
        }
        used += GAP + column.width();
        part.push(column);
    }
    tables.push(table(&part));
    tables
}

/// Without borders, and pure ASCII.
fn table(columns: &[&Column]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| column.title));
    for line in 0..columns[0].cells.len() {
        table.add_row(columns.iter().map(|column| column.cells[line].as_str()));
    }
    for (shown, column) in table.column_iter_mut().zip(columns) {
        shown.set_padding((0, 2));
        if column.is_number {
            shown.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A name without its middle if it is too long: names often differ at their ends.
fn shortened(name: &str, longest: usize) -> String {
    if name.len() <= longest || !name.is_ascii() {
        return name.to_owned();
    }
    let kept = longest - 2;
    let (start, end) = (kept.div_ceil(2), name.len() - kept / 2);
    format!("{}..{}", &name[..start], &name[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn columns_that_do_not_fit_follow_in_another_table() {
        let columns = || {
            let counts = ["keys", "bytes", "failed"].map(|title| Column::numbers(title, texts(&["1,234", "!5"])));
            (Column::names("job", texts(&["carts", "sessions"])), Vec::from(counts))
        };
        let (names, counts) = columns();
        insta::assert_snapshot!(fitted(names, &counts, 30), @r"
        job        keys  bytes  failed
        carts     1,234  1,234   1,234
        sessions     !5     !5      !5
        ");
        let (names, counts) = columns();
        insta::assert_snapshot!(fitted(names, &counts, 29), @r"
        job        keys  bytes
        carts     1,234  1,234
        sessions     !5     !5

        job       failed
        carts      1,234
        sessions      !5
        ");
    }

    #[test]
    fn a_last_column_is_left_out_rather_than_alone_in_a_table() {
        let columns: Vec<Column> = ["keys", "rate"].map(|title| Column::numbers(title, texts(&["1,234"]))).into();
        let shown = |width| fitted_but_last(Column::names("job", texts(&["carts"])), &columns, width);
        assert_eq!(shown(19), "job     keys   rate\ncarts  1,234  1,234\n");
        assert_eq!(shown(18), "job     keys\ncarts  1,234\n");
    }

    #[test]
    fn a_long_name_keeps_its_ends_and_leaves_room_for_the_other_columns() {
        let name = "the-sessions-of-all-shops-in-europe-and-in-the-rest-of-the-world";
        let shown = |counts: &[&'static str], width| {
            let counts: Vec<Column> =
                counts.iter().map(|title| Column::numbers(title, texts(&["1,234,567"]))).collect();
            fitted(Column::names("job", texts(&[name])), &counts, width)
        };
        insta::assert_snapshot!(shown(&["matched"], 40), @r"
        job                              matched
        the-sessions-o..-of-the-world  1,234,567
        ");
        insta::assert_snapshot!(shown(&["matched", "copied", "failed"], 42), @r"
        job               matched     copied
        the-se..-world  1,234,567  1,234,567

        job                failed
        the-se..-world  1,234,567
        ");
        assert_eq!(shown(&["matched"], 80).lines().nth(1), Some(&*format!("{name}  1,234,567")));
    }
}
