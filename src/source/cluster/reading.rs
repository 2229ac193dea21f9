//! A cluster as a source.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, try_join_all};

use super::lanes::cluster_lanes;
use super::masters::SourceCluster;
use crate::entry::{DbKey, slot_of};
use crate::error::{Answers, EndpointError, EndpointProblem};
use crate::job::Selection;
use crate::payload::Origin;
use crate::server::{Contact, KeysByDb};
use crate::source::{Applied, DatabaseSize, KeyInfo, Lane, Node, ReadResult, ScanPlan, Source, SourceFacts};

fn slot(key: &DbKey<'_>) -> u16 {
    key.key.slot()
}

impl Source for SourceCluster {
    fn facts(&self) -> SourceFacts {
        SourceFacts::Server(self.facts.clone())
    }

    fn origin(&self) -> Origin {
        Origin::of(self.facts.flavour, self.facts.kind_version())
    }

    fn round_trip(&self) -> Duration {
        self.masters.iter().map(|(_, node)| node.round_trip()).max().unwrap_or_default()
    }

    fn now_ms(&self) -> Option<u64> {
        self.masters.first().and_then(|(_, node)| node.now_ms())
    }

    fn has_exact_expiries(&self) -> bool {
        self.nodes().iter().all(|node| node.is_absolute())
    }

    fn node_of(&self, key: &[u8]) -> Option<String> {
        self.nodes.owner(slot_of(key)).map(|address| address.to_string())
    }

    fn may_repeat(&self) -> bool {
        true
    }

    fn applies(&self, selection: &Selection) -> Applied {
        let each = self.masters.iter().map(|(_, node)| node.applies(selection));
        each.reduce(|one, other| Applied { matches: one.matches && other.matches, types: one.types && other.types })
            .unwrap_or(Applied { matches: false, types: false })
    }

    fn problem(&self, problem: EndpointProblem) -> EndpointError {
        self.nodes.problem(problem)
    }

    fn contacts(&self) -> Vec<Rc<Contact>> {
        self.nodes.contacts()
    }

    fn key_count(&self) -> LocalBoxFuture<'_, Result<Option<u64>, EndpointError>> {
        async { Ok(self.databases().await?.into_iter().map(|size| size.keys).sum()) }.boxed_local()
    }

    fn databases(&self) -> LocalBoxFuture<'_, Result<Vec<DatabaseSize>, EndpointError>> {
        async {
            let mut sums: Vec<DatabaseSize> = Vec::new();
            for size in try_join_all(self.nodes().iter().map(|node| node.sizes())).await?.into_iter().flatten() {
                match sums.iter_mut().find(|sum| sum.db == size.db) {
                    Some(sum) => sum.keys = sum.keys.zip(size.keys).map(|(sum, keys)| sum + keys),
                    None => sums.push(size),
                }
            }
            sums.sort_by_key(|size| size.db);
            Ok(sums)
        }
        .boxed_local()
    }

    fn other_databases(&self) -> LocalBoxFuture<'_, Result<KeysByDb, EndpointError>> {
        async {
            let mut sums = KeysByDb::default();
            for others in try_join_all(self.nodes().iter().map(|node| node.other_databases())).await? {
                for (db, keys) in others {
                    *sums.entry(db).or_default() += keys;
                }
            }
            Ok(sums)
        }
        .boxed_local()
    }

    /// Every node should have the same libraries.
    fn libraries(&self) -> LocalBoxFuture<'_, Result<Vec<Bytes>, EndpointError>> {
        async {
            let mut libraries: Vec<Bytes> = Vec::new();
            for library in try_join_all(self.nodes().iter().map(|node| node.libraries())).await?.into_iter().flatten() {
                if !libraries.contains(&library) {
                    libraries.push(library);
                }
            }
            Ok(libraries)
        }
        .boxed_local()
    }

    fn lanes<'s>(&'s self, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>> {
        cluster_lanes(self, plan)
    }

    fn types<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>> {
        let ask = async |node: &Node, keys: &[DbKey<'_>], asks| node.key_types(keys, asks).await;
        async move { self.nodes.route(keys, slot, ask).await }.boxed_local()
    }

    fn inspect<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>> {
        let ask = async |node: &Node, keys: &[DbKey<'_>], asks| node.key_infos(keys, asks).await;
        async move { self.nodes.route(keys, slot, ask).await }.boxed_local()
    }

    fn memory_usage<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>> {
        let ask = async |node: &Node, keys: &[DbKey<'_>], asks| node.memory_usages(keys, asks).await;
        async move { self.nodes.route(keys, slot, ask).await }.boxed_local()
    }

    fn measure<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>> {
        let ask = async |node: &Node, keys: &[DbKey<'_>], asks| node.most_bytes(keys, asks).await;
        async move { self.nodes.route(keys, slot, ask).await }.boxed_local()
    }

    fn read<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<ReadResult>> {
        let ask = async |node: &Node, keys: &[DbKey<'_>], asks| node.read_keys(keys, asks).await;
        async move { self.nodes.route(keys, slot, ask).await }.boxed_local()
    }

    fn ping(&self) -> LocalBoxFuture<'_, Result<Option<Duration>, EndpointError>> {
        async { Ok(try_join_all(self.nodes().iter().map(|node| node.ping())).await?.into_iter().max().flatten()) }
            .boxed_local()
    }
}
