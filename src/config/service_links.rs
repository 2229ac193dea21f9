//! Variables that Kubernetes sets in a container for each service of the namespace. If the name of a service begins with
//! `rkm`, they look like variables of this program.

use std::net::IpAddr;

use super::environment::Environment;

const PROTOCOLS: [&str; 3] = ["tcp", "udp", "sctp"];

/// The names of those that are set.
pub(super) fn names(environment: &Environment) -> Vec<String> {
    let links = environment.texts_with("RKM_").filter(|(name, value)| is_service_link(name, value));
    links.map(|(name, _)| name.to_owned()).collect()
}

/// `…_SERVICE_HOST`, `…_SERVICE_PORT`, `…_SERVICE_PORT_<NAME>`, `…_PORT`, `…_PORT_<NUMBER>_<PROTOCOL>`, and the last one
/// with `_PROTO`, `_PORT` or `_ADDR`. The value must fit, too.
fn is_service_link(name: &str, value: &str) -> bool {
    if name.contains("__") {
        return false;
    }
    if let Some((_, of_port)) = name.rsplit_once("_SERVICE_PORT") {
        return (of_port.is_empty() || of_port.starts_with('_')) && is_number(value);
    }
    if name.ends_with("_SERVICE_HOST") {
        return is_address(value);
    }
    let Some((port, detail)) = detail(name) else { return name.ends_with("_PORT") && is_target(value) };
    is_number(port)
        && match detail {
            "" => is_target(value),
            "_PROTO" => PROTOCOLS.contains(&value),
            "_PORT" => is_number(value),
            "_ADDR" => is_address(value),
            _ => false,
        }
}

/// The number and the rest of `…_PORT_<NUMBER>_<PROTOCOL>…`.
fn detail(name: &str) -> Option<(&str, &str)> {
    let (_, rest) = name.split_once("_PORT_")?;
    let (port, rest) = rest.split_once('_')?;
    Some((port, PROTOCOLS.iter().find_map(|protocol| rest.strip_prefix(protocol.to_uppercase().as_str()))?))
}

/// `tcp://10.0.0.1:6379`.
fn is_target(value: &str) -> bool {
    value.split_once("://").is_some_and(|(protocol, _)| PROTOCOLS.contains(&protocol))
}

fn is_number(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_services_are_recognised_by_name_and_value() {
        for (name, value) in [
            ("RKM_SERVICE_HOST", "10.0.0.9"),
            ("RKM_SERVICE_HOST", "fd00::1"),
            ("RKM_SERVICE_PORT", "6379"),
            ("RKM_SERVICE_PORT_REDIS", "6379"),
            ("RKM_PORT", "tcp://10.0.0.9:6379"),
            ("RKM_PORT_6379_TCP", "tcp://10.0.0.9:6379"),
            ("RKM_PORT_6379_TCP_PROTO", "tcp"),
            ("RKM_PORT_6379_TCP_PORT", "6379"),
            ("RKM_PORT_6379_TCP_ADDR", "10.0.0.9"),
            ("RKM_SOURCE_PORT_53_UDP", "udp://10.0.0.9:53"),
        ] {
            assert!(is_service_link(name, value), "{name}={value}");
        }
    }

    #[test]
    fn other_variables_are_not() {
        for (name, value) in [
            ("RKM_PORT", "6379"),
            ("RKM_SOURCE__PORT", "tcp://10.0.0.9:6379"),
            ("RKM_SERVICE_HOST", "redis.example"),
            ("RKM_SERVICE_PORTS", "6379"),
            ("RKM_SOURCE_PORT", "redis://h"),
            ("RKM_PORT_6379_TCP_NAME", "x"),
            ("RKM_PORT_X_TCP", "tcp://10.0.0.9:6379"),
            ("RKM_SLEEP", "0s"),
        ] {
            assert!(!is_service_link(name, value), "{name}={value}");
        }
    }
}
