//! Slots of a cluster that move from node to node.

use std::thread;
use std::time::Duration;

use super::cluster::{Cluster, SLOTS, own_line, until};
use super::{Random, Reply, Server, StopFlag, words};

/// How slots are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Key by key. Meanwhile, some keys of a slot are at the one node, and some at the other.
    Legacy,
    /// Many slots at once, all keys at the same moment. Only Valkey 9 can.
    Atomic,
}

impl Cluster {
    /// Begins to move a slot key by key.
    pub fn begin_move(slot: u16, from: &Server, to: &Server) {
        to.run(words!["CLUSTER", "SETSLOT", slot, "IMPORTING", id(from)]);
        from.run(words!["CLUSTER", "SETSLOT", slot, "MIGRATING", id(to)]);
    }

    /// Moves at most so many keys of the slot. Returns whether there were any.
    pub fn move_keys(slot: u16, from: &Server, to: &Server, count: usize) -> bool {
        let keys = from.run(words!["CLUSTER", "GETKEYSINSLOT", slot, count]).array();
        let migrate = words!["MIGRATE", "127.0.0.1", to.port(), "", 0, 10_000, "KEYS"];
        if keys.is_empty() {
            return false;
        }
        from.run(migrate.into_iter().chain(keys.into_iter().map(Reply::bytes)).collect::<Vec<_>>());
        true
    }

    /// Ends to move a slot: no key of it is left at `from`.
    pub fn end_move(&self, slot: u16, from: &Server, to: &Server) {
        let owner = id(to);
        let others = self.masters().into_iter().filter(|node| ![from.port(), to.port()].contains(&node.port()));
        for node in [to, from].into_iter().chain(others) {
            node.run(words!["CLUSTER", "SETSLOT", slot, "NODE", owner]);
        }
        self.until_agreed();
    }

    /// Moves a slot key by key.
    pub fn move_slot(&self, slot: u16, from: &Server, to: &Server) {
        Self::begin_move(slot, from, to);
        while Self::move_keys(slot, from, to, 10) {}
        self.end_move(slot, from, to);
    }

    /// Moves slots at once.
    pub fn move_at_once(&self, (first, last): (u16, u16), from: &Server, to: &Server) {
        from.run(words!["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", first, last, "NODE", id(to)]);
        let has = |node: &Server| own_line(node).is_some_and(|line| line.slots.contains(&first));
        until("the slots have moved", || has(to) && !has(from));
        self.until_agreed();
    }

    /// Moves slots all the time, until it has to stop: most of the time these, and else any. Returns how many have moved.
    pub fn move_slots(&self, how: Move, seed: u64, slots: &[u16], stop: &StopFlag) -> usize {
        let mut random = Random::new(seed);
        let mut moved = 0;
        while !stop.is_set() {
            let any = u16::try_from(random.below(u64::from(SLOTS))).expect("a slot");
            let slot = if random.chance(70) { *random.pick(slots) } else { any };
            let from = self.owner(slot);
            let others: Vec<&Server> = self.masters().into_iter().filter(|node| node.port() != from.port()).collect();
            let to = *random.pick(&others);
            match how {
                Move::Legacy => self.move_slowly(slot, from, to, &mut random),
                Move::Atomic => {
                    let slots = own_line(from).expect("a master").slots;
                    let last = (slot..SLOTS.min(slot + 1000)).take_while(|slot| slots.contains(slot)).last();
                    self.move_at_once((slot, last.expect("the slot itself")), from, to);
                }
            }
            moved += 1;
        }
        moved
    }

    /// Moves a slot by some keys at a time.
    fn move_slowly(&self, slot: u16, from: &Server, to: &Server, random: &mut Random) {
        Self::begin_move(slot, from, to);
        let pause = |random: &mut Random| thread::sleep(Duration::from_micros(random.below(3000)));
        pause(random);
        while Self::move_keys(slot, from, to, 1 + usize::try_from(random.below(3)).expect("it is small")) {
            pause(random);
        }
        self.end_move(slot, from, to);
    }
}

fn id(node: &Server) -> String {
    own_line(node).expect("a node that runs").id
}
