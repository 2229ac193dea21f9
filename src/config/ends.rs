//! Two ways of naming an end, and two of giving its password: which of them counts.
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

use figment::value::Value;

use super::elements::{Element, ServerUrl};
use super::fault::{Fault, Faults, Problem};
use super::layer::{Layer, Level};
use super::origin::Origin;
use crate::job::Location;

/// The paths of one end's keys.
struct End {
    /// A file in place of a server.
    rdb: Option<&'static str>,
    url: &'static str,
    host: &'static str,
    port: &'static str,
    db: &'static str,
    username: &'static str,
    password: &'static str,
    password_file: &'static str,
    timeouts: [&'static str; 2],
}

const ENDS: [End; 2] = [
    End {
        rdb: Some("source.rdb"),
        url: "source.url",
        host: "source.host",
        port: "source.port",
        db: "source.db",
        username: "source.username",
        password: "source.password",
        password_file: "source.password_file",
        timeouts: ["source.connect_timeout", "source.response_timeout"],
    },
    End {
        rdb: None,
        url: "destination.url",
        host: "destination.host",
        port: "destination.port",
        db: "destination.db",
        username: "destination.username",
        password: "destination.password",
        password_file: "destination.password_file",
        timeouts: ["destination.connect_timeout", "destination.response_timeout"],
    },
];

/// Makes single keys of a layer's URLs, reports what it says twice, and notes what it takes the place of.
pub(super) fn settle(layer: &mut Layer, job: Option<&str>, faults: &mut Faults) {
    for end in &ENDS {
        let single = [end.host, end.port, end.db, end.username, end.password, end.password_file];
        let beside: Vec<&str> = single.into_iter().filter(|path| layer.mentions(path)).collect();
        exclude_file(layer, end, job, faults);
        if layer.mentions(end.url) && !beside.is_empty() {
            let keys = [vec![end.url], beside].concat();
            exclude(layer, keys, "a `url` stands instead of the single keys", job, faults);
        } else if layer.mentions(end.password) && layer.mentions(end.password_file) {
            let keys = vec![end.password, end.password_file];
            exclude(layer, keys, "the password is either given or read from the file", job, faults);
        }
        expand(layer, end);
        note_displaced(layer, end);
    }
}

/// A file has no address and no login. Its database is chosen all the same.
fn exclude_file(layer: &mut Layer, end: &End, job: Option<&str>, faults: &mut Faults) {
    let Some(rdb) = end.rdb.filter(|rdb| layer.mentions(rdb)) else { return };
    let beside: Vec<&str> = of_server(end).into_iter().filter(|path| layer.mentions(path)).collect();
    if !beside.is_empty() {
        exclude(layer, [vec![rdb], beside].concat(), "keys are read from a file or from a server", job, faults);
    }
}

fn exclude(layer: &mut Layer, keys: Vec<&'static str>, why: &'static str, job: Option<&str>, faults: &mut Faults) {
    let places: Vec<Origin> = keys.iter().filter_map(|path| layer.place_of(path).cloned()).collect();
    for (path, place) in keys.iter().zip(&places) {
        layer.mark_faulty(path, place.clone());
    }
    if let Some(last) = places.into_iter().max() {
        faults.push(Fault::at(last, Problem::Exclusive { keys, why }).in_job(job));
    }
}

fn expand(layer: &mut Layer, end: &End) {
    let Some((url, origin)) = layer.take(end.url) else { return };
    let Ok(url) = ServerUrl::read(&url) else { return };
    let mut put = |path, value: Option<Value>| {
        if let Some(value) = value {
            layer.put(path, value, Origin::clone(&origin));
        }
    };
    if let Location::Tcp { host, port } = url.location {
        put(end.host, Some(host.into()));
        put(end.port, Some(port.into()));
    }
    put(end.db, url.db.map(Value::from));
    put(end.password, url.password.as_ref().map(|password| Value::from(password.reveal())));
    if url.password.is_some() && url.username.is_none() {
        layer.displace(end.username, end.password);
    }
    if let Some(username) = url.username {
        layer.put(end.username, username, origin);
    }
}

fn note_displaced(layer: &mut Layer, end: &End) {
    match end.rdb {
        Some(rdb) if layer.mentions(rdb) => {
            for path in [&of_server(end)[..], &end.timeouts].concat() {
                layer.displace(path, rdb);
            }
            layer.belongs(end.db, rdb);
        }
        Some(rdb) if layer.mentions(end.host) => {
            layer.displace(rdb, end.host);
            // The default is that of a file as well.
            if layer.level != Level::BuiltIn {
                layer.belongs(end.db, end.host);
            }
        }
        _ => {}
    }
    if layer.mentions(end.password) {
        layer.displace(end.password_file, end.password);
    }
    if layer.mentions(end.password_file) {
        layer.displace(end.password, end.password_file);
    }
}

/// What names a server, and a login there.
fn of_server(end: &End) -> [&'static str; 6] {
    [end.url, end.host, end.port, end.username, end.password, end.password_file]
}
