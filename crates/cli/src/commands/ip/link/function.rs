//! `ip link set … vf NUMBER …`: virtual functions of a network card.

use insula_net::{FunctionChange, FunctionSetting, FunctionState, function_rates};

use super::super::words::matches;
use super::super::{Session, Stop, Words};
use super::kind;

/// In iproute2's order: an abbreviation means the first that begins so.
const KEYS: [&str; 11] = [
    "mac",
    "vlan",
    "rate",
    "max_tx_rate",
    "min_tx_rate",
    "spoofchk",
    "query_rss",
    "trust",
    "state",
    "node_guid",
    "port_guid",
];

/// The least and the most that a function sends, as far as it was said.
#[derive(Clone, Copy, Debug, Default)]
struct Rates {
    least: Option<u32>,
    most: Option<u32>,
    /// By `rate`, which an older interface of the kernel takes alone.
    plain: Option<u32>,
}

/// What the words say of a function of `device`, as far as they are about it.
pub(super) fn parse(
    session: &mut Session,
    device: Option<&str>,
    words: &mut Words<'_>,
) -> Result<FunctionChange, Stop> {
    let function = words.number("Invalid \"vf\" value")?;
    let device = device.ok_or_else(|| Stop::usage("Error: argument \"dev\" is required"))?;
    let (mut settings, mut rates) = (Vec::new(), Rates::default());
    let mut is_empty = true;
    while let Some(word) = words.peek() {
        let Some(key) = KEYS.into_iter().find(|key| matches(word, key)) else { break };
        words.take();
        is_empty = false;
        settings.extend(setting(key, &mut rates, words)?);
    }
    if is_empty {
        return Err(Stop::incomplete());
    }
    settings.extend(rates.setting(session, device, function)?);
    Ok(FunctionChange { number: function, settings })
}

/// What one key says; `None` of rates, which belong together.
fn setting(key: &str, rates: &mut Rates, words: &mut Words<'_>) -> Result<Option<FunctionSetting>, Stop> {
    Ok(Some(match key {
        "mac" => FunctionSetting::Address(super::settings::address(words.value()?)?),
        "vlan" => vlan(words)?,
        "rate" => {
            rates.plain = Some(words.number("Invalid \"rate\" value")?);
            return Ok(None);
        }
        "max_tx_rate" => {
            rates.most = Some(words.number("Invalid \"max tx rate\" value")?);
            return Ok(None);
        }
        "min_tx_rate" => {
            rates.least = Some(words.number("Invalid \"min tx rate\" value")?);
            return Ok(None);
        }
        "spoofchk" => FunctionSetting::SpoofCheck(words.on_off(key)?),
        "query_rss" => FunctionSetting::QueryRss(words.on_off(key)?),
        "trust" => FunctionSetting::Trust(words.on_off(key)?),
        "state" => {
            let word = words.value()?;
            let states = [
                ("auto", FunctionState::Auto),
                ("enable", FunctionState::Enable),
                ("disable", FunctionState::Disable),
            ];
            let state = states.into_iter().find(|(name, _)| matches(word, name));
            FunctionSetting::State(state.ok_or_else(|| Stop::wrong(word, "Invalid \"state\" value"))?.1)
        }
        "node_guid" => FunctionSetting::NodeGuid(guid(words)?),
        _ => FunctionSetting::PortGuid(guid(words)?),
    }))
}

fn vlan(words: &mut Words<'_>) -> Result<FunctionSetting, Stop> {
    let id = words.number("Invalid \"vlan\" value")?;
    let mut priority = 0;
    if words.peek().is_some_and(|word| matches(word, "qos")) {
        words.take();
        priority = words.number("Invalid \"qos\" value")?;
    }
    let mut protocol = None;
    if words.peek().is_some_and(|word| matches(word, "proto")) {
        words.take();
        let word = words.value()?;
        protocol = match kind::vlan_protocol(word) {
            // What a VLAN has if nothing is said of it.
            Some(0x8100) => None,
            Some(other @ 0x88a8) => Some(other),
            Some(_) => {
                let problem = "Invalid \"vlan protocol\" value - supported 802.1Q, 802.1ad";
                return Err(Stop::wrong(word, problem));
            }
            None => return Err(Stop::wrong(word, "protocol is invalid")),
        };
    }
    Ok(FunctionSetting::Vlan { id, priority, protocol })
}

/// Eight bytes in hexadecimal with colons between.
fn guid(words: &mut Words<'_>) -> Result<u64, Stop> {
    let word = words.value()?;
    let bytes: Option<Vec<u8>> = word
        .split(':')
        .map(|part| u8::from_str_radix(part, 16).ok().filter(|_| part.len() == 2 && !part.starts_with('+')))
        .collect();
    let bytes = bytes.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    bytes.map(u64::from_be_bytes).ok_or_else(|| Stop::wrong(word, "Invalid GUID format"))
}

impl Rates {
    fn setting(
        self,
        session: &mut Session,
        device: &str,
        function: u32,
    ) -> Result<Option<FunctionSetting>, Stop> {
        let Self { least, most, plain } = self;
        if least.is_none() && most.is_none() {
            return Ok(plain.map(FunctionSetting::TransmitRate));
        }
        let rates = match (least, most.or(plain)) {
            (Some(least), Some(most)) => (least, most),
            // What is not said stays as it is.
            (least, most) => {
                let index = session.index(device)?;
                let now = function_rates(session.route()?, index, function)?.unwrap_or_default();
                (least.unwrap_or(now.0), most.unwrap_or(now.1))
            }
        };
        Ok(Some(FunctionSetting::Rates { least: rates.0, most: rates.1 }))
    }
}
