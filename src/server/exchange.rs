//! Requests about keys, repeated until every key has an answer.
//!
//! When a connection is lost, the keys without an answer are requested again. If none of them gets an answer before the
//! connection is lost again, fewer are requested, in the end only one. A key on whose account alone the connection is
//! lost several times, while other requests succeed, is the reason for the loss: it exceeds a limit of the server or of
//! a proxy. It is rejected, so that the others can be moved.

use std::collections::VecDeque;

use super::patience::Patience;
use super::{Contact, Session, Turn};
use crate::error::{Answers, EndpointError, EndpointProblem, KeyRefusal, Side, WaitCause};
use crate::resp::Request;

/// The connection must be lost this often for one key before the key is rejected.
const MAX_LOSSES: u32 = 5;

/// The answer to a request about one key.
pub trait Answer {
    /// The answer of a key that was not requested, or whose reply did not arrive.
    fn open() -> Self;

    /// Whether the key has no answer.
    fn is_open(&self) -> bool;

    /// The server's problem, if that is the answer.
    fn problem(&self) -> Option<&EndpointProblem>;

    /// Whether the server does not have the key.
    fn is_missing(&self) -> bool {
        false
    }

    /// The server's message, if it refused the key.
    fn refusal(&self) -> Option<&str>;

    /// The same, to add which node refused it.
    fn refusal_mut(&mut self) -> Option<&mut KeyRefusal> {
        None
    }

    /// The answer of a key if the server refuses every key.
    fn refused(problem: EndpointProblem) -> Self;

    /// The answer of one node of a cluster to a key, if the node refuses every key while the others may accept theirs.
    #[must_use]
    fn of_one_node(self) -> Self
    where
        Self: Sized,
    {
        self
    }

    /// The answer of a key that exceeds a limit, with the message.
    fn rejected(message: String) -> Self;

    /// The answer of a key whose reply cannot be trusted.
    fn doubted() -> Self
    where
        Self: Sized,
    {
        Self::open()
    }

    /// Combines an open answer with the open answer of an earlier attempt.
    #[must_use]
    fn after(self, _earlier: &Self) -> Self
    where
        Self: Sized,
    {
        self
    }
}

impl Session {
    /// Requests keys until each has an answer, or waiting for the server does not help any more. `attempt` requests
    /// some keys once; its answers are in the order of the keys. If there are too few, it also returns an error.
    pub async fn exchange<K: Copy, T: Answer>(
        &self,
        keys: &[K],
        attempt: impl AsyncFn(&Turn<'_>, &[K]) -> Answers<T>,
    ) -> Answers<T> {
        let first = attempt(&self.beside_others().await, keys).await;
        self.finish(keys, first, attempt).await
    }

    /// The same after a first attempt.
    pub async fn finish<K: Copy, T: Answer>(
        &self,
        keys: &[K],
        mut first: Answers<T>,
        attempt: impl AsyncFn(&Turn<'_>, &[K]) -> Answers<T>,
    ) -> Answers<T> {
        examine(&self.contact, &mut first);
        first.each.resize_with(keys.len(), T::open);
        let Answers { each, error } = first;
        match error {
            None => Answers { each, error },
            Some(error) => Exchange::new(self, keys, each).run(error, attempt).await,
        }
    }
}

/// Makes answers open whose problem may be over soon, unless nothing waits for that. If a reply has an unexpected type,
/// replies may be surplus or missing, and none of the pipeline is trusted.
fn examine<T: Answer>(contact: &Contact, answers: &mut Answers<T>) {
    let is_unexpected = |answer: &T| matches!(answer.problem(), Some(EndpointProblem::Protocol(_)));
    if let Some(answer) = answers.each.iter().find(|answer| is_unexpected(answer))
        && let Some(problem) = answer.problem()
    {
        answers.error = Some(contact.address().problem(problem.clone()));
        answers.each.fill_with(T::doubted);
        return;
    }
    for answer in &mut answers.each {
        let Some(problem) = answer.problem() else { continue };
        if problem.wait_cause().is_some_and(|cause| !contact.patience(cause).is_zero()) {
            answers.error.get_or_insert_with(|| contact.address().problem(problem.clone()));
            *answer = T::open();
        }
    }
}

/// Keys without an answer, and what happened to them.
struct Exchange<'s, K, T> {
    session: &'s Session,
    keys: &'s [K],
    each: Vec<T>,
    /// The keys without an answer, by index.
    open: VecDeque<usize>,
    /// The keys that the connection was lost for when they were requested alone, and how often. They come last.
    suspects: VecDeque<(usize, u32)>,
    /// How many keys the next attempt requests.
    size: usize,
    patience: Patience,
}

/// The keys of one attempt.
enum Batch {
    Keys(Vec<usize>),
    Suspect(usize, u32),
}

impl<'s, K: Copy, T: Answer> Exchange<'s, K, T> {
    fn new(session: &'s Session, keys: &'s [K], each: Vec<T>) -> Self {
        let open: VecDeque<usize> = (0..each.len()).filter(|index| each[*index].is_open()).collect();
        let (size, patience) = (open.len(), Patience::new(&session.contact));
        Self { session, keys, each, open, suspects: VecDeque::new(), size, patience }
    }

    async fn run(
        mut self,
        mut error: EndpointError,
        attempt: impl AsyncFn(&Turn<'_>, &[K]) -> Answers<T>,
    ) -> Answers<T> {
        let session = self.session;
        loop {
            if let Err(error) = self.patience.pause(error.clone()).await {
                return Answers { each: self.each, error: Some(error) };
            }
            let again = error.problem.wait_cause() == Some(WaitCause::ReadOnly);
            match session.contact.unless_given_up(session.alone(again)).await {
                Some(Ok(turn)) => match self.use_turn(&turn, &attempt).await {
                    Some(next) => error = next,
                    None => return Answers { each: self.each, error: None },
                },
                Some(Err(next)) => error = next,
                // The next pause returns the error.
                None => {}
            }
        }
    }

    /// Requests keys until an attempt fails.
    async fn use_turn(
        &mut self,
        turn: &Turn<'_>,
        attempt: &impl AsyncFn(&Turn<'_>, &[K]) -> Answers<T>,
    ) -> Option<EndpointError> {
        while let Some(batch) = self.next_batch() {
            if let Batch::Suspect(..) = batch
                && let Err(error) = turn.ask(probe(self.session.probe_key())).await
            {
                self.put_back(batch);
                return Some(error);
            }
            let indexes = match &batch {
                Batch::Keys(indexes) => indexes.as_slice(),
                Batch::Suspect(index, _) => std::slice::from_ref(index),
            };
            let keys: Vec<K> = indexes.iter().map(|index| self.keys[*index]).collect();
            let mut answers = attempt(turn, &keys).await;
            examine(&self.session.contact, &mut answers);
            answers.each.resize_with(keys.len(), T::open);
            self.record(batch, answers.each, answers.error.as_ref());
            if answers.error.is_some() {
                return answers.error;
            }
        }
        None
    }

    fn next_batch(&mut self) -> Option<Batch> {
        if self.open.is_empty() {
            return self.suspects.pop_front().map(|(index, losses)| Batch::Suspect(index, losses));
        }
        Some(Batch::Keys(self.open.drain(..self.size.min(self.open.len())).collect()))
    }

    fn put_back(&mut self, batch: Batch) {
        match batch {
            Batch::Keys(indexes) => indexes.into_iter().rev().for_each(|index| self.open.push_front(index)),
            Batch::Suspect(index, losses) => self.suspects.push_front((index, losses)),
        }
    }

    /// Records the answers of an attempt.
    fn record(&mut self, batch: Batch, answers: Vec<T>, error: Option<&EndpointError>) {
        let (indexes, losses) = match batch {
            Batch::Keys(indexes) => (indexes, 0),
            Batch::Suspect(index, losses) => (vec![index], losses),
        };
        let requested = indexes.len();
        let mut unanswered = Vec::new();
        for (index, answer) in indexes.into_iter().zip(answers) {
            if answer.is_open() {
                unanswered.push(index);
                self.each[index] = answer.after(&self.each[index]);
            } else {
                self.each[index] = answer;
            }
        }
        let is_stuck = unanswered.len() == requested;
        if !is_stuck {
            self.patience.answered();
        }
        match error {
            Some(error) if is_stuck && is_loss(error) => self.lost_for(unanswered, losses + 1, error),
            // A server that is not ready is asked again with few keys.
            Some(_) if is_stuck && losses == 0 => {
                self.size = 1;
                self.put_back(Batch::Keys(unanswered));
            }
            Some(_) if losses > 0 => self.suspects.extend(unanswered.into_iter().map(|index| (index, losses))),
            Some(_) => self.put_back(Batch::Keys(unanswered)),
            None => self.size *= 2,
        }
    }

    /// The connection was lost before any of these keys had an answer.
    fn lost_for(&mut self, keys: Vec<usize>, losses: u32, error: &EndpointError) {
        // The server had answered the login.
        self.patience.hurry();
        match keys[..] {
            [only] if losses < MAX_LOSSES => self.suspects.push_back((only, losses)),
            [only] => {
                self.each[only] = T::rejected(exceeds_a_limit(error));
                self.patience.answered();
            }
            _ => {
                self.size = keys.len() / 2;
                self.put_back(Batch::Keys(keys));
            }
        }
    }
}

/// A request that every server answers.
fn probe(key: &[u8]) -> Request {
    let mut request = Request::default();
    request.command(&[b"EXISTS", key]);
    request
}

fn is_loss(error: &EndpointError) -> bool {
    matches!(error.problem.wait_cause(), Some(WaitCause::Disconnected | WaitCause::NoAnswer))
}

/// The message for a key that the connection is lost for.
fn exceeds_a_limit(error: &EndpointError) -> String {
    let (what, limits) = match error.side {
        Side::Source => ("requested", "`client-output-buffer-limit`, `maxmemory-clients`"),
        Side::Destination => ("sent", "`client-query-buffer-limit`, `proto-max-bulk-len`, `maxmemory-clients`"),
    };
    format!(
        "whenever only this key was {what} ({MAX_LOSSES} times), the {} {}; it may exceed a limit of the server ({limits}) \
         or of a proxy",
        error.side, error.problem
    )
}
