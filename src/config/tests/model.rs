//! Random layers, compared with a small model of them: the value and the origin of each key.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Scene;
use crate::config::{Origin, PROJECT_FILE};

const KEYS: [&str; 5] = ["min_keys", "scan_batch_size", "source.port", "source.db", "source.connect_timeout"];

const ENDPOINTS: [&str; 2] = ["x", "y"];

/// Where layers are, weakest first. The first six are tables of files, `q` is a profile that is never selected.
const LAYERS: [&str; 11] = [
    "[defaults]",
    "[profile.p.defaults]",
    "[profile.q.defaults]",
    "[defaults]",
    "[profile.p.defaults]",
    "[profile.q.defaults]",
    "[[job]]",
    "RKM_",
    "RKM_JOB__A__",
    "--set ",
    "--set job.a.",
];

/// Where the values of one endpoint are, weakest first.
const TABLES: [&str; 7] = ["", "profile.p.", "profile.q.", "", "profile.p.", "profile.q.", "RKM_ENDPOINT__"];

/// Of each layer: the keys that it gives, by bits, and the endpoint that it names. Of each table: its keys.
#[derive(Clone, Debug)]
struct Layers {
    jobs: Vec<(u8, Option<usize>)>,
    endpoints: Vec<Vec<u8>>,
    has_profile: bool,
}

fn any_layers() -> impl Strategy<Value = Layers> {
    let named = prop::option::weighted(0.2, 0..ENDPOINTS.len());
    let jobs = prop::collection::vec((0u8..32, named), LAYERS.len());
    let endpoints = prop::collection::vec(prop::collection::vec(0u8..32, TABLES.len()), ENDPOINTS.len());
    (jobs, endpoints, any::<bool>()).prop_map(|(jobs, endpoints, has_profile)| Layers { jobs, endpoints, has_profile })
}

fn given(bits: u8) -> impl Iterator<Item = usize> {
    (0..KEYS.len()).filter(move |key| bits & (1 << key) != 0)
}

/// The keys of an endpoint.
fn given_of_source(bits: u8) -> impl Iterator<Item = usize> {
    given(bits).filter(|key| KEYS[*key].starts_with("source."))
}

/// Each value is another number, so that it is known where it is from.
fn value(key: usize, number: usize) -> String {
    let number = number * 10 + key;
    if KEYS[key].ends_with("timeout") { format!("\"{number}ms\"") } else { number.to_string() }
}

fn of_layer(layer: usize, key: usize) -> String {
    value(key, 100 + layer)
}

fn of_table(endpoint: usize, table: usize, key: usize) -> String {
    value(key, 200 + 10 * endpoint + table)
}

impl Layers {
    /// The text of the project file, which has the layers from 0, or of the job file, which has those from 3.
    fn file(&self, first: usize) -> String {
        let layers = if first == 0 { 0..3 } else { 3..7 };
        let mut text = String::new();
        for layer in layers.clone() {
            let (bits, named) = self.jobs[layer];
            text.extend([LAYERS[layer], "\n"]);
            text.extend((layer == 6).then_some("name = \"a\"\ndestination.host = \"d\"\n"));
            text.extend(given(bits).map(|key| format!("{} = {}\n", KEYS[key], of_layer(layer, key))));
            text.extend(named.map(|name| format!("source.endpoint = \"{}\" # {layer}\n", ENDPOINTS[name])));
        }
        for (endpoint, name) in ENDPOINTS.iter().enumerate() {
            for (table, above) in TABLES.iter().enumerate().skip(first).take(3) {
                text.extend(["[", above, "endpoint.", name, "]\n"]);
                let keys = given_of_source(self.endpoints[endpoint][table]);
                text.extend(keys.map(|key| {
                    format!("{} = {}\n", KEYS[key].trim_start_matches("source."), of_table(endpoint, table, key))
                }));
            }
        }
        text
    }

    fn scene(&self) -> Scene {
        let in_variables = |key: &str| key.to_uppercase().replace('.', "__");
        let plain = |value: String| value.trim_matches('"').to_owned();
        let mut scene =
            Scene::new().project(&self.file(0)).file_as_it_is("a.toml", self.file(3)).set("job.a.source.host=h");
        for (layer, prefix) in LAYERS.iter().enumerate().skip(7) {
            let (bits, named) = self.jobs[layer];
            let keys = given(bits).map(|key| (KEYS[key], plain(of_layer(layer, key))));
            for (key, value) in keys.chain(named.map(|name| ("source.endpoint", ENDPOINTS[name].to_owned()))) {
                scene = match prefix.strip_prefix("--set ") {
                    Some(prefix) => scene.set(&format!("{prefix}{key}={value}")),
                    None => scene.env(format!("{prefix}{}", in_variables(key)), value),
                };
            }
        }
        for (endpoint, name) in ENDPOINTS.iter().enumerate() {
            for key in given_of_source(self.endpoints[endpoint][6]) {
                let key_name = in_variables(KEYS[key].trim_start_matches("source."));
                let variable = format!("{}{}__{key_name}", TABLES[6], name.to_uppercase());
                scene = scene.env(variable, plain(of_table(endpoint, 6, key)));
            }
        }
        if self.has_profile { scene.profile("p") } else { scene }
    }

    /// Whether a table of the files counts.
    fn counts(&self, number: usize) -> bool {
        !matches!(number, 2 | 5) && (self.has_profile || !matches!(number, 1 | 4))
    }

    /// The model: the values of each key in order, and the last one counts. The values of an endpoint are below the layer
    /// that names it. Above weaker layers, they begin anew, except for the settings of connections.
    fn expected(&self) -> BTreeMap<&'static str, (String, String)> {
        let mut expected: BTreeMap<&str, _> = BTreeMap::new();
        let counting = || (0..LAYERS.len()).filter(|layer| self.counts(*layer));
        let naming = counting().rfind(|layer| self.jobs[*layer].1.is_some());
        for layer in counting() {
            if naming == Some(layer) {
                let endpoint = self.jobs[layer].1.expect("the layer names one");
                expected.retain(|key, _| !key.starts_with("source.") || *key == "source.connect_timeout");
                let named = format!("\"{}\"", ENDPOINTS[endpoint]);
                let origin = self.place(layer, "source.endpoint", &format!("{named} # {layer}"));
                expected.insert("source.endpoint", (named, origin));
                for table in (0..TABLES.len()).filter(|table| self.counts(*table)) {
                    for key in given_of_source(self.endpoints[endpoint][table]) {
                        let value = of_table(endpoint, table, key);
                        let origin = self.place_in_endpoint(endpoint, table, KEYS[key], &value);
                        expected.insert(KEYS[key], (value, origin));
                    }
                }
            }
            for key in given(self.jobs[layer].0) {
                let value = of_layer(layer, key);
                let origin = self.place(layer, KEYS[key], &value);
                expected.insert(KEYS[key], (value, origin));
            }
        }
        expected
    }

    fn place(&self, layer: usize, key: &str, value: &str) -> String {
        match LAYERS[layer] {
            variable if variable.starts_with("RKM_") => {
                format!("{variable}{} ", key.to_uppercase().replace('.', "__"))
            }
            option if option.starts_with("--") => format!("{option}{key} "),
            table => self.line(layer, value, table),
        }
    }

    fn place_in_endpoint(&self, endpoint: usize, table: usize, key: &str, value: &str) -> String {
        let (name, key) = (ENDPOINTS[endpoint], key.trim_start_matches("source."));
        if table == 6 {
            return format!("RKM_ENDPOINT__{}__{} ", name.to_uppercase(), key.to_uppercase());
        }
        self.line(table, value, &format!("[{}endpoint.{name}]", TABLES[table]))
    }

    fn line(&self, number: usize, value: &str, table: &str) -> String {
        let (file, first) = if number < 3 { (PROJECT_FILE, 0) } else { ("a.toml", 3) };
        let text = self.file(first);
        let line = text.lines().position(|line| line.ends_with(&format!(" = {value}"))).expect("the value is there");
        format!("{file}:{} {table}", line + 1)
    }
}

proptest! {
    #[test]
    fn value_and_origin_of_each_key_are_those_of_the_strongest_layer(layers in any_layers()) {
        let scene = layers.scene();
        let loaded = scene.loads();
        let is_of_model = |key: &str| KEYS.contains(&key) || key == "source.endpoint";
        let values = loaded.jobs[0].values.iter();
        let values = values.filter(|value| is_of_model(value.key) && value.origin != Origin::Default);
        let place = |value: &crate::config::ConfiguredValue| scene.plain(&format!("{} {}", value.origin, value.table));
        let found: BTreeMap<_, _> = values.map(|value| (value.key, (value.shown.clone(), place(value)))).collect();
        prop_assert_eq!(found, layers.expected());
    }
}
