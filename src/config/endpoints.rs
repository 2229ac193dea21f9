//! Two ways of naming an endpoint, and two of giving its password: which of them counts.
//!
//! A `url` is short for single keys: `host` and `port` always (6379 where it names none), `db`, `username` and
//! `password` where it names them. In one layer it may not stand beside any of them, nor `password` beside
//! `password_file`. Between layers it is those single keys that are merged. So a stronger `url` takes the place of a
//! weaker address whole, and keeps a weaker `db` or login which it does not name; a stronger `host`, `port`, `db` or
//! login changes just that part of a weaker `url`. A stronger `password` or `password_file` takes the place of
//! either. A URL with a password but no user logs in as `default`, whatever user a weaker layer names.
//!
//! A source may be a file instead, `rdb`, which may not stand beside what names a server. Between layers, a stronger
//! `rdb` takes the place of all that a weaker one says of a server, with the database that stands beside it, and a stronger
//! `host` or `url` that of a weaker `rdb` in the same way. A stronger `rdb` alone changes just the path of a weaker one.

use figment::value::{Empty, Value};

use super::elements::{Element, ServerUrl};
use super::endpoint_keys::{Part, RULES, Rule, SIDES};
use super::fault::{Fault, Faults, Problem};
use super::keys::{self, Key};
use super::layer::{Layer, Level};
use super::origin::Origin;
use crate::error::Side;
use crate::job::Location;

/// Reports keys of a layer that exclude each other, and makes single keys of its URLs.
pub(super) fn settle(layer: &mut Layer, job: Option<&str>, faults: &mut Faults) {
    for side in SIDES {
        for rule in &RULES {
            exclude(layer, side, rule, job, faults);
        }
        expand(layer, side);
    }
}

fn exclude(layer: &mut Layer, side: Side, rule: &Rule, job: Option<&str>, faults: &mut Faults) {
    let given = keys::of_side(side).filter(|key| layer.mentions(key.path));
    let (own, others): (Vec<&Key>, Vec<&Key>) = given.partition(|key| key.is_part(&[rule.part]));
    let beside = others.into_iter().filter(|key| key.is_part(rule.excludes));
    let keys: Vec<&'static str> = own.iter().copied().chain(beside).map(|key| key.path).collect();
    if own.is_empty() || keys.len() == 1 {
        return;
    }
    let places: Vec<Origin> = keys.iter().filter_map(|path| layer.place_of(path).cloned()).collect();
    for (path, place) in keys.iter().zip(&places) {
        layer.mark_faulty(path, place.clone());
    }
    if let Some(last) = places.into_iter().max() {
        faults.push(Fault::at(last, Problem::Exclusive { keys, why: rule.why }).in_job(job));
    }
}

fn expand(layer: &mut Layer, side: Side) {
    let Some((url, origin)) = layer.take(keys::of(side, "url").path) else { return };
    let Ok(url) = ServerUrl::read(&url) else { return };
    let mut put = |name, value: Value| layer.put(keys::of(side, name).path, value, origin.clone());
    match url.location {
        Location::Tcp { host, port } => {
            put("host", host.into());
            put("port", port.into());
        }
        Location::Socket { socket } => put("socket", socket.to_string_lossy().into_owned().into()),
    }
    if let Some(db) = url.db {
        put("db", db.into());
    }
    if let Some(username) = url.username {
        put("username", username.into());
    } else if url.password.is_some() {
        // It is the password of `default`, whatever user a weaker layer names.
        put("username", Empty::None.into());
    }
    if let Some(password) = url.password {
        put("password", password.reveal().into());
    }
}

/// Drops from each layer what a stronger one takes the place of. The layers stand weakest first.
pub(super) fn drop_displaced(layers: &mut [Layer], side: Side) {
    let mut displaced: Vec<&Key> = Vec::new();
    let mut is_file = None;
    for layer in layers.iter_mut().rev() {
        let given: Vec<&Key> = keys::of_side(side).filter(|key| layer.mentions(key.path)).collect();
        let names = |part| given.iter().any(|key| key.is_part(&[part]));
        // A database is one of the file or of the server that is named beside it. The default is one of either.
        let names_server = names(Part::Host) || names(Part::Socket);
        let is_of_file = if names(Part::File) { Some(true) } else { names_server.then_some(false) };
        is_file = is_file.or(is_of_file);
        if is_of_file.is_some() && is_of_file != is_file && layer.level != Level::BuiltIn {
            layer.forget(keys::of(side, "db").path);
        }
        for key in &displaced {
            layer.forget(key.path);
        }
        let still_given = given.into_iter().filter(|key| layer.mentions(key.path));
        displaced.extend(still_given.flat_map(Key::displaces));
    }
}
