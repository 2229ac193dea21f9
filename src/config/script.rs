//! The script's fourteen variables.

use std::time::Duration;

use super::elements::ValueKind;
use super::environment::Environment;
use super::fault::{Fault, Faults, Problem};
use super::hints::Written;
use super::keys::{ConfigKey, KEYS};
use super::layer::{Layer, Level};
use super::origin::Origin;
use super::plain;

/// The names of those that are set.
pub(super) fn set_variables(environment: &Environment) -> Vec<&'static str> {
    KEYS.iter().filter_map(|key| key.script).filter(|name| environment.has(name)).collect()
}

/// Their layer.
pub(super) fn read(environment: &Environment, faults: &mut Faults) -> Layer {
    let mut layer = Layer::new(Level::ScriptVariables);
    for (key, name) in KEYS.iter().filter_map(|key| Some((key, key.script?))) {
        let Some(text) = environment.get(name, faults) else { continue };
        let origin = Origin::Variable(name.to_owned());
        match written(key, &text) {
            Ok(written) => layer.read(key, &written, origin, None, faults),
            Err(problem) => {
                layer.mark_faulty(key.path, origin.clone());
                faults.push(Fault::at(origin, problem));
            }
        }
    }
    layer
}

/// Reads a value like the script: a pattern is always one text, and `SLEEP_TIME` is in seconds.
fn written(key: &ConfigKey, text: &str) -> Result<Written, Problem> {
    match key.element.kind {
        ValueKind::Duration => seconds(text).map(|text| Written::text(&text)).ok_or_else(|| Problem::Unfit {
            key: key.path.to_owned(),
            value: format!("{text:?}"),
            expected: "a number of seconds, such as 1, 0.25 or 0".to_owned(),
        }),
        ValueKind::List => Ok(Written::text(text)),
        _ => Ok(plain::read(key, text)),
    }
}

/// `0.25` as `0.25s`.
fn seconds(text: &str) -> Option<String> {
    let number: f64 = text.trim().parse().ok()?;
    let duration = Duration::try_from_secs_f64(number).ok()?;
    let fraction = format!("{:09}", duration.subsec_nanos());
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{}{point}{fraction}s", duration.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_have_fractions() {
        let read = |text| seconds(text).unwrap_or_default();
        assert_eq!(
            ["1", "0.25", "0", " .5 ", "1e-3", "1.50"].map(read),
            ["1s", "0.25s", "0s", "0.5s", "0.001s", "1.5s"]
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "-1", "nan", "inf", "1s", "1e300"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
