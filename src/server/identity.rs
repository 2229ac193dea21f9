//! Which server a connection reaches.

use super::info::field;

/// Identifies the server that a connection reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Identifies the process; empty if the server hides it.
    pub run_id: String,
    /// The replication history that the data belongs to, and the one before a promotion (`master_replid`,
    /// `master_replid2`); empty if the server hides them.
    pub histories: [String; 2],
}

/// Two identities that differ.
#[derive(Debug)]
pub struct Mismatch {
    /// The field of `INFO` that differs.
    pub field: &'static str,
    pub before: String,
    pub now: String,
}

impl Identity {
    /// Reads the fields of `INFO`.
    pub fn of(info: &str) -> Self {
        let text = |name| field(info, name).unwrap_or_default().to_owned();
        Self { run_id: text("run_id"), histories: [text("master_replid"), text("master_replid2")] }
    }

    /// The identity of servers that are one endpoint.
    pub fn of_all(each: impl Iterator<Item = Self>) -> Self {
        let joined = |one: String, other: String| format!("{one},{other}");
        let both = |Self { run_id, histories: [history, second] }: Self, other: Self| {
            let [other_history, other_second] = other.histories;
            let histories = [joined(history, other_history), joined(second, other_second)];
            Self { run_id: joined(run_id, other.run_id), histories }
        };
        each.reduce(both).unwrap_or_default()
    }

    /// Compares with the identity that a later connection found. Where the process hides its `run_id`, the data decide:
    /// a promotion begins a new history, and remembers the one before as its second. What is unknown does not differ.
    pub fn compare(&self, now: &Self) -> Result<(), Mismatch> {
        let mismatch =
            |field, before: &str, now: &str| Err(Mismatch { field, before: before.to_owned(), now: now.to_owned() });
        let ([history, _], [history_now, second_now]) = (&self.histories, &now.histories);
        if !self.run_id.is_empty() && !now.run_id.is_empty() {
            return if self.run_id == now.run_id { Ok(()) } else { mismatch("run_id", &self.run_id, &now.run_id) };
        }
        if history.is_empty() || history_now.is_empty() || [history_now, second_now].contains(&history) {
            return Ok(());
        }
        mismatch("master_replid", history, history_now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(run_id: &str, history: &str, second: &str) -> Identity {
        Identity { run_id: run_id.to_owned(), histories: [history.to_owned(), second.to_owned()] }
    }

    fn differs(before: &Identity, now: &Identity) -> Option<&'static str> {
        before.compare(now).err().map(|mismatch| mismatch.field)
    }

    #[test]
    fn the_run_id_decides_if_it_is_known() {
        let before = identity("1", "a", "0");
        assert_eq!(differs(&before, &identity("1", "b", "0")), None);
        assert_eq!(differs(&before, &identity("2", "a", "0")), Some("run_id"));
    }

    #[test]
    fn a_hidden_run_id_is_replaced_by_the_replication_id() {
        let before = identity("", "a", "0");
        assert_eq!(differs(&before, &identity("", "a", "0")), None);
        assert_eq!(differs(&before, &identity("", "b", "a")), None);
        assert_eq!(differs(&before, &identity("", "b", "0")), Some("master_replid"));
        assert_eq!(differs(&identity("1", "a", "0"), &identity("", "b", "0")), Some("master_replid"));
    }

    #[test]
    fn what_a_server_hides_does_not_differ() {
        let nothing = Identity::default();
        assert_eq!(differs(&nothing, &identity("1", "a", "0")), None);
        assert_eq!(differs(&identity("1", "a", "0"), &nothing), None);
    }

    #[test]
    fn the_sections_of_info_are_read() {
        let info = "# Server\r\nrun_id:1\r\n# Replication\r\nmaster_replid:a\r\nmaster_replid2:0\r\n";
        assert_eq!(Identity::of(info), identity("1", "a", "0"));
    }
}
