//! Nineteen jobs with a pattern each, which share a walk, against one job with all the patterns.
//!
//! Both move the same keys, each of which one pattern matches.

use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::setting::Setting;
use crate::stage::Stage;

const JOBS: u64 = 19;
/// The promised ratio to one job.
const RATIO: f64 = 1.2;

/// Measures it.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    let stage = Stage::new(setting, |source| data::kinds(source, keys, JOBS))?;
    let patterns: Vec<String> = (0..JOBS).map(|kind| format!("\"kind{kind}:*\"")).collect();
    let all = format!("match = [{}]", patterns.join(", "));
    let each: Vec<String> = patterns.iter().map(|pattern| format!("match = {pattern}")).collect();
    let each: Vec<&str> = each.iter().map(String::as_str).collect();
    stage.copy_jobs(&[&all], keys)?;
    let (mut one, mut many) = (Vec::new(), Vec::new());
    for _ in 0..setting.pairs {
        one.push(stage.copy_jobs(&[&all], keys)?.seconds);
        many.push(stage.copy_jobs(&each, keys)?.seconds);
    }
    let ratios = many.iter().zip(&one).map(|(many, one)| many / one);
    Ok(Findings::Measured(vec![
        Figure::new("time over one job's", Unit::Ratio, ratios).at_most(RATIO),
        Figure::new("time of one job", Unit::Seconds, one),
        Figure::new("time of the jobs", Unit::Seconds, many),
    ]))
}
