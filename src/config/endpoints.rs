//! Which keys of an endpoint count, within a layer and between layers.
//!
//! Within a layer, some keys exclude each other: the rules are in [`super::endpoint_parts`]. A `url` is replaced by the
//! single keys that it stands for: `host` and `port` (6379 if it has none), `socket`, `cluster`, or `sentinel` and `service`; and `db`,
//! `username` and `password` if it has them. These exclude the keys that they replace, and no others.
//!
//! Between layers, the single keys are merged. A stronger `url` replaces a weaker address, and keeps a weaker `db` or
//! login that it does not name. A stronger `host`, `port`, `socket`, `db` or login changes only that part of a weaker
//! `url`. A URL with a password but without a user logs in as `default`, even if a weaker layer names a user.
//!
//! A key of the table `tls` switches TLS on, and so does a `rediss://` URL. A `redis://` URL switches off what a weaker
//! layer has switched on; the keys beside it are stronger than its scheme. A `redis-sentinel://` or
//! `redis-cluster://` URL leaves it as it is.
//!
//! The strongest layer with a `host`, a `socket`, a `cluster`, a `sentinel` or an `rdb` decides where the endpoint is: weaker
//! ones of another kind do not count, nor the keys that are only for them. `cluster = false` names no place. A `db` beside them counts if both are servers, or both are files.

use figment::value::{Empty, Value};

use super::elements::{Element, ServerUrl, as_texts};
use super::endpoint_keys::SIDES;
use super::endpoint_parts::{Part, RULES, Rule};
use super::fault::{Fault, Faults, Problem};
use super::keys::{self, ConfigKey};
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
        switch_tls(layer, side);
        expand(layer, side, job, faults);
    }
}

fn exclude(layer: &mut Layer, side: Side, rule: &Rule, job: Option<&str>, faults: &mut Faults) {
    let given = keys::of_side(side).filter(|key| layer.gives(key));
    let (own, others): (Vec<&ConfigKey>, Vec<&ConfigKey>) = given.partition(|key| key.is_part(&[rule.part]));
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
        faults.push(Fault::at(last, exclusive(&keys, rule.why)).in_job(job));
    }
}

fn exclusive(keys: &[&str], why: &'static str) -> Problem {
    Problem::Exclusive { keys: keys.iter().map(|&key| key.to_owned()).collect(), why }
}

/// Switches TLS on if a key of its table is given.
fn switch_tls(layer: &mut Layer, side: Side) {
    let switch = keys::of(side, "tls").path;
    let of_table = keys::of_side(side).find(|key| key.is_part(&[Part::Tls]) && layer.mentions(key.path));
    if let Some(place) = of_table.and_then(|key| layer.place_of(key.path)).cloned()
        && !layer.mentions(switch)
    {
        layer.put(switch, true, place);
    }
}

fn expand(layer: &mut Layer, side: Side, job: Option<&str>, faults: &mut Faults) {
    let switch = keys::of(side, "tls").path;
    let Some((url, origin)) = layer.take(keys::of(side, "url").path) else { return };
    let Ok(url) = ServerUrl::read(&url) else { return };
    exclude_named(layer, side, &url, &origin, job, faults);
    match (url.tls, layer.get(switch).map(|(tls, _)| tls.to_bool())) {
        (Some(true), Some(Some(false))) => {
            let problem = exclusive(&[keys::of(side, "url").path, switch], "a `rediss://` URL means TLS");
            faults.push(Fault::at(origin.clone(), problem).in_job(job));
        }
        (Some(true), None) => layer.put(switch, true, origin.clone()),
        (Some(false), None) => layer.put(switch, Value::from(Empty::None), origin.clone()),
        _ => {}
    }
    if let (Some(user), None) = (&url.username, &url.password) {
        layer.put_doubtful_user(keys::of(side, "username").path, user.clone(), origin.clone());
    }
    let is_user_beside = layer.mentions(keys::of(side, "username").path) && url.username.is_none();
    let mut put = |name, value: Value| layer.put(keys::of(side, name).path, value, origin.clone());
    for (name, value) in of_location(url.location) {
        put(name, value);
    }
    if let Some(db) = url.db {
        put("db", db.into());
    }
    if let Some(password) = url.password {
        // Without a user, the password is that of `default`: a weaker layer's user does not count.
        let user = url.username.map_or_else(|| Empty::None.into(), Value::from);
        if !is_user_beside {
            put("username", user);
        }
        put("password", password.reveal().into());
    }
}

/// Reports keys beside a URL that has their values, too.
fn exclude_named(
    layer: &mut Layer,
    side: Side,
    url: &ServerUrl,
    origin: &Origin,
    job: Option<&str>,
    faults: &mut Faults,
) {
    let named = [
        (Part::Database, url.db.is_some(), "the `url` has a database"),
        (Part::User, url.username.is_some(), "the `url` has a user"),
        (Part::Password, url.password.is_some(), "the `url` has a password"),
    ];
    for (part, _, why) in named.into_iter().filter(|(_, is_named, _)| *is_named) {
        let beside: Vec<&ConfigKey> =
            keys::of_side(side).filter(|key| key.is_part(&[part]) && layer.mentions(key.path)).collect();
        for key in beside {
            let place = layer.forget(key.path).map_or_else(|| origin.clone(), |place| place.max(origin.clone()));
            let problem = exclusive(&[keys::of(side, "url").path, key.path], why);
            faults.push(Fault::at(place, problem).in_job(job));
        }
    }
}

/// The keys that name a location.
fn of_location(location: Location) -> Vec<(&'static str, Value)> {
    match location {
        Location::Tcp { host, port } => vec![("host", host.into()), ("port", port.into())],
        Location::Socket { socket } => vec![("socket", socket.to_string_lossy().into_owned().into())],
        Location::Sentinel(of_url) => {
            vec![("sentinel", as_texts(&of_url.sentinel).into()), ("service", of_url.service.into())]
        }
        Location::Cluster(of_url) => vec![("cluster", as_texts(&of_url.cluster).into())],
    }
}

/// Removes from each layer the keys that a stronger one displaces. The layers are sorted, weakest first.
pub(super) fn drop_displaced(layers: &mut [Layer], side: Side) {
    let mut displaced: Vec<&ConfigKey> = Vec::new();
    let mut is_file = None;
    for layer in layers.iter_mut().rev() {
        let given: Vec<&ConfigKey> = keys::of_side(side).filter(|key| layer.gives(key)).collect();
        let names = |part| given.iter().any(|key| key.is_part(&[part]));
        // A database belongs to the file or the server beside it. The default belongs to either.
        let places_of_servers = [Part::Host, Part::Socket, Part::Cluster, Part::Sentinel];
        let names_server = places_of_servers.into_iter().any(names);
        let is_of_file = if names(Part::File) { Some(true) } else { names_server.then_some(false) };
        is_file = is_file.or(is_of_file);
        if is_of_file.is_some() && is_of_file != is_file && layer.level != Level::BuiltIn {
            layer.forget(keys::of(side, "db").path);
        }
        for key in &displaced {
            if layer.gives(key) {
                layer.forget(key.path);
            }
        }
        let still_given = given.into_iter().filter(|key| layer.mentions(key.path));
        displaced.extend(still_given.flat_map(ConfigKey::displaces));
    }
}
