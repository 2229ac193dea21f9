//! Warnings for keys that no other message reports.

use crate::event::Totals;

pub fn unreported(totals: &Totals) -> Vec<String> {
    let Totals { refused, unanswered, passed_over, .. } = totals;
    let refused: u64 = refused.iter().sum();
    let mut warnings = Vec::new();
    if *passed_over > 0 {
        warnings.push(format!(
            "{passed_over} keys of other databases of the file were passed over: `source.db` chooses one, or \"all\""
        ));
    }
    if refused > 0 {
        warnings.push(format!("{refused} keys counted as failed: the server is refusing every request"));
    }
    if *unanswered > 0 {
        warnings.push(format!(
                "{unanswered} keys counted as failed: they were sent, and no reply came; they may have arrived, and a second \
                 run settles them"
            ));
    }
    warnings
}
