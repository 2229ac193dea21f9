//! A table of a file, key by key, into a layer.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Text;
use crate::config::elements::{Element, EndpointName};
use crate::config::fault::{Fault, Faults, Problem};
use crate::config::hints::{self, Written};
use crate::config::keys;
use crate::config::layer::Layer;
use crate::config::mask;
use crate::config::plain;

/// Reads the values of one table into a layer.
pub(super) struct Reader<'a> {
    pub text: &'a Text,
    /// The name of the job that the table belongs to, if it has a readable one.
    pub job: Option<&'a str>,
    pub layer: &'a mut Layer,
    pub faults: &'a mut Faults,
}

impl Reader<'_> {
    /// Reads every value of a table. `above` is the path of the table, with a dot after it.
    pub fn table(&mut self, table: &DeTable<'_>, above: &str) {
        for (name, value) in table {
            let name_text = name.get_ref().as_ref();
            let at = name.span().start;
            let path = format!("{above}{name_text}");
            // A quoted name with a dot is one name, not a path.
            let one_word = !name_text.contains('.');
            let is_table = one_word && keys::is_table(&path) && matches!(value.get_ref(), DeValue::Table(_));
            if let Some(key) = keys::find(&path).filter(|_| one_word && !is_table) {
                let written = written(value, self.text);
                self.layer.read(key, &written, self.text.line(at), self.job, self.faults);
            } else if keys::is_table(&path) && one_word {
                self.below(value, &path, at);
            } else {
                self.unknown(&path, at);
            }
        }
    }

    fn below(&mut self, value: &Spanned<DeValue<'_>>, path: &str, at: usize) {
        if let DeValue::Table(table) = value.get_ref() {
            self.table(table, &format!("{path}."));
            // An empty table is a value of its own, where `true` is one, too.
            if let Some(key) = keys::find(path) {
                self.layer.put(key.path, true, self.text.line(at));
            }
            return;
        }
        if let (DeValue::String(name), Some(key)) = (value.get_ref(), keys::find(&format!("{path}.endpoint")))
            && EndpointName::from_text(name).is_ok()
        {
            return self.layer.put(key.path, name.to_string(), self.text.line(at));
        }
        // Such an endpoint is not reported as missing too.
        if let Some(host) = keys::find(&format!("{path}.host")) {
            self.layer.mark_faulty(host.path, self.text.line(at));
        }
        let shown = if matches!(path, "error_log" | "rename") {
            mask::value(&shown(value, self.text)).to_owned()
        } else {
            "not a table".to_owned()
        };
        let (expected, hint) = match path {
            "error_log" => ("a table, such as { path = \"errors.log\", mode = \"append\" }", None),
            "rename" => ("a table, such as { strip_prefix = \"old:\", add_prefix = \"new:\" }", None),
            _ => (
                "a table, such as { host = \"localhost\", port = 6379 }, or the name of an endpoint",
                Some(format!("a URL is given as `{path}.url`")),
            ),
        };
        let problem = Problem::Unfit { key: path.to_owned(), value: shown, expected: expected.to_owned() };
        self.faults.push(Fault::at(self.text.line(at), problem).in_job(self.job).hint(hint));
    }

    fn unknown(&mut self, path: &str, at: usize) {
        let hint = match keys::find(path) {
            Some(key) => Some(format!("the quotes make it one name: write `{}`", key.path)),
            None => Some(hints::unknown_key(path)),
        };
        let fault = Fault::at(self.text.line(at), Problem::UnknownKey(path.to_owned()));
        self.faults.push(fault.in_job(self.job).hint(hint));
    }
}

/// A value with its text for messages and the places of its elements.
fn written(value: &Spanned<DeValue<'_>>, text: &Text) -> Written {
    let elements = match value.get_ref() {
        DeValue::Array(array) => {
            array.iter().map(|element| (shown(element, text), text.line(element.span().start))).collect()
        }
        _ => Vec::new(),
    };
    Written::new(plain::of_toml(value.get_ref()), shown(value, text)).with_elements(elements)
}

/// The text of the file, in one line.
fn shown(value: &Spanned<DeValue<'_>>, text: &Text) -> String {
    match value.get_ref() {
        DeValue::String(content) => format!("{content:?}"),
        _ => text.slice(value.span()).split_whitespace().collect::<Vec<_>>().join(" "),
    }
}
