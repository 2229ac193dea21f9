//! Sends requests about keys to the nodes that serve their slots.

use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout};

use super::log::Redirects;
use super::nodes::{ClusterNode, Nodes};
use crate::error::{Answers, EndpointError, EndpointProblem, WaitCause};
use crate::job::HostPort;
use crate::server::Answer;

/// After so many redirects in a row, requests wait for a moment: nodes that do not agree yet send them in circles.
const QUICK_REDIRECTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(100);
/// The shortest time between two requests for the topology because of slots that moved.
const LEARN_EVERY: Duration = Duration::from_millis(250);
/// Requests do not wait longer for it.
const LEARNT_WITHIN: Duration = Duration::from_secs(1);
/// How often the topology is asked for while a node does not answer.
const CHECK_EVERY: Duration = Duration::from_millis(500);

/// Where a request goes: a node, and whether it must be asked for a slot that it imports.
type Place = (HostPort, bool);

/// Keys that have no answer yet.
struct Open<'n, K, T, N> {
    nodes: &'n Nodes<N>,
    keys: &'n [K],
    each: Vec<T>,
    error: Option<EndpointError>,
}

impl<N: ClusterNode> Nodes<N> {
    /// Requests keys from the nodes that serve their slots, and follows redirects: a request that was redirected was not
    /// executed. `ask` requests some keys from one node; with `true`, as [`Request::asking`](crate::resp::Request::asking).
    pub async fn route<K: Copy, T: Answer>(
        &self,
        keys: &[K],
        slot: impl Fn(&K) -> u16,
        ask: impl AsyncFn(&N, &[K], bool) -> Answers<T>,
    ) -> Answers<T> {
        let mut each = Vec::with_capacity(keys.len());
        each.resize_with(keys.len(), T::open);
        let mut open = Open { nodes: self, keys, each, error: None };
        let groups = open.group((0..keys.len()).map(|index| (index, None)), &slot);
        let read_place = |((master, asks), keys)| ((self.read_place(&master), asks), keys);
        let mut groups: BTreeMap<Place, Vec<usize>> = groups.into_iter().map(read_place).collect();
        let mut rounds = 0;
        while !groups.is_empty() && open.error.is_none() {
            rounds += 1;
            if rounds > QUICK_REDIRECTS {
                self.wait_for_agreement(rounds, &mut open.error).await;
            }
            let (redirected, learnt) = tokio::join!(open.ask(groups, &ask), self.learn());
            if let Err(problem) = learnt {
                open.error.get_or_insert(problem);
            }
            groups = open.group(redirected.into_iter(), &slot);
        }
        Answers { each: open.each, error: open.error }
    }

    /// If a slot has moved, others may have, too: asks a node for all of them, once for all requests.
    async fn learn(&self) -> Result<(), EndpointError> {
        if self.has_moved.get() && self.learnt.get().elapsed() >= LEARN_EVERY {
            self.has_moved.set(false);
            self.learnt.set(Instant::now());
            // What is not answered, the next redirects say.
            if let Ok(Err(error)) = timeout(LEARNT_WITHIN, self.refresh()).await
                && is_replaced(&error)
            {
                return Err(error);
            }
        }
        Ok(())
    }

    async fn wait_for_agreement(&self, rounds: u32, error: &mut Option<EndpointError>) {
        sleep(PAUSE).await;
        let refreshed = self.refresh().await;
        let contacts = self.contacts();
        let patience = contacts.iter().map(|contact| contact.patience(WaitCause::TryAgain)).max().unwrap_or_default();
        if PAUSE * rounds > patience {
            let message = "its nodes do not agree on who serves a slot".to_owned();
            let cause = WaitCause::TryAgain;
            error.get_or_insert(self.problem(EndpointProblem::NotReady { cause, message }));
        }
        if let Err(problem) = refreshed {
            error.get_or_insert(problem);
        }
    }

    /// Waits for work with a node; an error if a replica takes the place of a master meanwhile.
    pub async fn unless_replaced<T>(&self, work: impl Future<Output = T>) -> Result<T, EndpointError> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            error = self.watch() => Err(error),
        }
    }

    /// While a node does not answer, asks the others whether a replica has taken its place. Then nothing waits for it.
    async fn watch(&self) -> EndpointError {
        loop {
            sleep(CHECK_EVERY).await;
            if self.contacts().iter().any(|contact| contact.current_wait().is_some())
                && let Err(error) = self.refresh().await
                && is_replaced(&error)
            {
                self.contacts().iter().for_each(|contact| contact.give_up());
                return error;
            }
        }
    }
}

/// Whether a replica has taken the place of a master.
fn is_replaced(error: &EndpointError) -> bool {
    matches!(error.problem, EndpointProblem::Replaced { .. })
}

impl<K: Copy, T: Answer, N: ClusterNode> Open<'_, K, T, N> {
    /// The keys by the place that each goes to: where it was redirected with `ASK`, or to the node that serves its slot.
    fn group(
        &mut self,
        keys: impl Iterator<Item = (usize, Option<HostPort>)>,
        slot: impl Fn(&K) -> u16,
    ) -> BTreeMap<Place, Vec<usize>> {
        let topology = self.nodes.topology.borrow();
        let mut by_master: Vec<Vec<usize>> = Vec::new();
        let mut groups: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        for (index, asked) in keys {
            if let Some(address) = asked {
                groups.entry((address, true)).or_default().push(index);
                continue;
            }
            if let Some(master) = topology.owner_index(slot(&self.keys[index])) {
                if by_master.len() <= master {
                    by_master.resize_with(master + 1, Vec::new);
                }
                by_master[master].push(index);
            } else {
                let cause = WaitCause::ClusterDown;
                let message = format!("no node serves slot {}", slot(&self.keys[index]));
                self.error = Some(self.nodes.problem(EndpointProblem::NotReady { cause, message }));
            }
        }
        for (master, indices) in by_master.into_iter().enumerate().filter(|(_, indices)| !indices.is_empty()) {
            groups.insert((topology.masters()[master].address.clone(), false), indices);
        }
        groups
    }

    /// Requests the keys of each place once. Returns those that were redirected, with the place for `ASK`.
    async fn ask(
        &mut self,
        groups: BTreeMap<Place, Vec<usize>>,
        ask: &impl AsyncFn(&N, &[K], bool) -> Answers<T>,
    ) -> Vec<(usize, Option<HostPort>)> {
        let (nodes, keys) = (self.nodes, self.keys);
        let request = async |((address, asks), indices): (Place, Vec<usize>)| {
            let group: Vec<K> = indices.iter().map(|index| keys[*index]).collect();
            let answers = match nodes.node(&address).await {
                Ok(node) => ask(&node, &group, asks).await,
                Err(error) => Answers { each: Vec::new(), error: Some(error) },
            };
            (address, indices, answers)
        };
        let (asked, replaced) = {
            let mut replaced = None;
            let watch = async {
                replaced = Some(nodes.watch().await);
                pending::<()>().await;
            };
            let asked = tokio::select! {
                asked = join_all(groups.into_iter().map(request)) => asked,
                () = watch => Vec::new(),
            };
            (asked, replaced)
        };
        self.error = replaced.or(self.error.take());
        self.take_answers(asked)
    }

    /// Takes the answers of nodes to some keys. Returns those that were redirected, with the place for `ASK`.
    fn take_answers(&mut self, asked: Vec<(HostPort, Vec<usize>, Answers<T>)>) -> Vec<(usize, Option<HostPort>)> {
        let (mut redirected, mut redirects) = (Vec::new(), Redirects::default());
        for (address, indices, mut answers) in asked {
            let has_left = !self.nodes.uses(&address);
            if let Some(error) = answers.error.filter(|_| !has_left) {
                self.error.get_or_insert(error);
            }
            answers.each.resize_with(indices.len(), T::open);
            let is_read_replica = self.nodes.is_read_replica(&address);
            for (index, answer) in indices.into_iter().zip(answers.each) {
                if (has_left && answer.is_open()) || (is_read_replica && answer.is_missing()) {
                    redirected.push((index, None));
                    continue;
                }
                match self.redirect(&address, &answer, &mut redirects) {
                    Some(Ok(place)) => redirected.push((index, place)),
                    Some(Err(error)) => self.error = Some(error),
                    None => self.each[index] = self.answered_by(&address, answer),
                }
            }
        }
        self.nodes.log_redirects(redirects);
        redirected
    }

    /// The answer of a node, with its address. If the node refuses every key, and so may the
    /// others, that is an error of this node.
    fn answered_by(&mut self, address: &HostPort, answer: T) -> T {
        let is_one_of_several = self.nodes.first_masters() > 1;
        let mut answer = if is_one_of_several { answer.of_one_node() } else { answer };
        if let Some(refusal) = answer.refusal_mut() {
            refusal.node = Some(address.to_string());
        }
        if let Some(problem) = answer.problem() {
            self.error.get_or_insert(self.nodes.problem_of(address, problem.clone()));
        }
        answer
    }

    /// Where the node at `from` has sent a request; `None` if it has answered it.
    fn redirect(
        &self,
        from: &HostPort,
        answer: &T,
        redirects: &mut Redirects,
    ) -> Option<Result<Option<HostPort>, EndpointError>> {
        let Some(EndpointProblem::Moved(redirect)) = answer.problem() else { return None };
        redirects.add(from, redirect);
        let to = match self.nodes.target(from, redirect) {
            Ok(to) => to,
            Err(error) => return Some(Err(error)),
        };
        if redirect.is_ask {
            self.nodes.imports(&to);
            return Some(Ok(Some(to)));
        }
        if let Some(replaced) = self.nodes.replaced_by(redirect.slot, &to) {
            return Some(Err(replaced));
        }
        self.nodes.topology.borrow_mut().moved(redirect.slot, &to);
        self.nodes.has_moved.set(true);
        Some(Ok(None))
    }
}
