//! Commands with a key that no user has: they show what a server refuses whatever the key.

use super::exchange::Answer;
use super::{Refusal, ServerFacts, Session};
use crate::error::{Answers, EndpointError};
use crate::resp::{Reply, Request};

impl Session {
    /// Sends commands with the probe key. A reply that would be the same for every key is an error. Returns the others: about
    /// the permission for the probe key, or with one of the `expected` texts.
    pub async fn try_out(&self, request: Request, expected: &[&str]) -> Result<Vec<String>, EndpointError> {
        let messages: Vec<String> = self.ask(request).await?.iter().filter_map(Reply::error).collect();
        let is_expected = |message: &&String| expected.iter().any(|text| message.contains(text));
        for message in messages.iter().filter(|message| !is_expected(message)) {
            if let Some(problem) = Refusal::of_probe(message) {
                return Err(self.address().problem(problem));
            }
        }
        Ok(messages)
    }

    /// Whether the server returns expiries as points of time. Managed caches and proxies may lack the command, whatever their
    /// version.
    pub async fn has_pexpiretime(&self, facts: &ServerFacts) -> Result<bool, EndpointError> {
        if !facts.has_pexpiretime() {
            return Ok(false);
        }
        let mut request = Request::default();
        request.command(&[b"PEXPIRETIME", self.probe_key()]);
        let refused = self.ask(request).await?.first().and_then(Reply::error);
        Ok(!refused.is_some_and(|message| Refusal::is_about_a_command(&message)))
    }

    /// Finds out who refused keys, if the replies leave that open: the same commands are sent with the probe key. If they are
    /// refused, too, the server refuses every key.
    pub async fn attribute<T: Answer>(
        &self,
        mut answers: Answers<T>,
        probe: impl FnOnce() -> Request,
        expected: &[&str],
    ) -> Answers<T> {
        let is_doubtful = |answer: &T| answer.refusal().is_some_and(Refusal::is_doubtful);
        if !answers.each.iter().any(is_doubtful) {
            return answers;
        }
        let Err(error) = self.try_out(probe(), expected).await else { return answers };
        if error.problem.wait_cause().is_some() {
            answers.error.get_or_insert(error);
            return answers;
        }
        for answer in answers.each.iter_mut().filter(|answer| is_doubtful(answer)) {
            *answer = T::refused(error.problem.clone());
        }
        answers
    }
}
