//! Metrics of a route: how they are shown, and how they are asked for.

use insula_net::{Metric, Metrics};

use super::super::json::Value;
use super::super::page::Page;
use super::super::words::{self, matches};
use super::super::{Stop, Words};

/// The bit of [`Metric::Features`] for explicit congestion notification: `RTAX_FEATURE_ECN`.
const ECN: u32 = 1;

/// Shows them, one after the other.
pub(super) fn show(page: &mut Page, metrics: &Metrics) {
    if metrics.is_empty() {
        return;
    }
    page.array("metrics", |page| {
        page.object(|page| {
            for metric in Metric::ALL {
                // The name of the algorithm has its place between the numbers.
                if metric == Metric::FastOpenNoCookie {
                    algorithm(page, metrics);
                }
                one(page, metrics, metric);
            }
        });
    });
}

fn algorithm(page: &mut Page, metrics: &Metrics) {
    if let Some(name) = &metrics.congestion_control {
        let lock = if metrics.is_congestion_control_locked() { "lock " } else { "" };
        page.field("congestion", name, format_args!("congctl {lock}{name} "));
    }
}

fn one(page: &mut Page, metrics: &Metrics, metric: Metric) {
    let Some(value) = metrics.get(metric) else { return };
    let name = metric.name();
    page.text(format_args!("{name} "));
    if metrics.is_locked(metric) {
        page.text("lock ");
    }
    match metric {
        Metric::Features => {
            if value & ECN != 0 {
                page.text("ecn ");
                page.json("ecn", Value::Null);
            }
            if value & !ECN != 0 {
                let text = format!("{value:#x}");
                page.field(name, &text, format_args!("{text} "));
            }
        }
        Metric::Rtt => milliseconds(page, name, value / 8),
        Metric::RttVariance => milliseconds(page, name, value / 4),
        Metric::RetransmissionTimeoutMin => milliseconds(page, name, value),
        // What the interface says.
        Metric::HopLimit if value == u32::MAX => page.field(name, 65535, format_args!("{} ", 65535)),
        _ => page.field(name, value, format_args!("{value} ")),
    }
}

/// Thousands of them are seconds, for people.
fn milliseconds(page: &mut Page, name: &str, value: u32) {
    if value >= 1000 {
        page.field(name, value, format_args!("{}s ", f64::from(value) / 1000.0));
    } else {
        page.field(name, value, format_args!("{value}ms "));
    }
}

/// Takes `word` and its value, if it is the name of a metric.
pub(super) fn take(metrics: &mut Metrics, word: &str, words: &mut Words<'_>) -> Result<bool, Stop> {
    let exact = Metric::ALL.into_iter().find(|metric| metric.name() == word);
    let cut_short = || {
        // The others have to be written whole.
        let metrics = [Metric::HopLimit, Metric::AdvertisedMss, Metric::Reordering, Metric::Window];
        let more = [
            Metric::CongestionWindow,
            Metric::InitialCongestionWindow,
            Metric::InitialReceiveWindow,
            Metric::Features,
            Metric::QuickAck,
            Metric::RttVariance,
            Metric::SlowStartThreshold,
            Metric::FastOpenNoCookie,
        ];
        metrics.into_iter().chain(more).find(|metric| word.len() > 3 && matches(word, metric.name()))
    };
    if matches(word, "congctl") && word.len() > 1 {
        let mut value = words.value()?;
        if value == "lock" {
            metrics.lock_congestion_control();
            value = words.value()?;
        }
        metrics.congestion_control = Some(value.to_owned());
        return Ok(true);
    }
    let Some(metric) = exact.or_else(cut_short) else { return Ok(false) };
    let mut value = words.value()?;
    // The time before a retransmission is never learned.
    let can_be_locked = !matches!(
        metric,
        Metric::InitialCongestionWindow | Metric::InitialReceiveWindow | Metric::Features | Metric::QuickAck
    );
    if metric == Metric::RetransmissionTimeoutMin || (value == "lock" && can_be_locked) {
        metrics.lock(metric);
        if value == "lock" {
            value = words.value()?;
        }
    }
    let problem = if metric == Metric::Features { "not valid" } else { "is invalid" };
    let wrong = || Stop::wrong(value, &format!("\"{metric}\" value {problem}\n"));
    let number = match metric {
        Metric::Rtt => time(value, 8),
        Metric::RttVariance => time(value, 4),
        Metric::RetransmissionTimeoutMin => time(value, 1),
        Metric::Features if value == "ecn" => Some(ECN),
        Metric::Features => None,
        _ => words::number(value),
    };
    metrics.set(metric, number.ok_or_else(wrong)?);
    Ok(true)
}

/// A time in the kernel's unit, `per_millisecond` of which are one; a number alone is in that unit.
fn time(word: &str, per_millisecond: u32) -> Option<u32> {
    let (digits, milliseconds) = match word.strip_suffix("ms") {
        Some(digits) => (digits, 1.0),
        None => match word
            .strip_suffix("secs")
            .or_else(|| word.strip_suffix("sec"))
            .or_else(|| word.strip_suffix('s'))
        {
            Some(digits) => (digits, 1000.0),
            None => return words::number(word),
        },
    };
    let whole =
        digits.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)? * milliseconds;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (whole < f64::from(u32::MAX)).then(|| (whole.ceil() as u32).saturating_mul(per_millisecond))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_units_of_the_kernel() {
        assert_eq!(time("300ms", 8), Some(2400));
        assert_eq!(time("1.5s", 1), Some(1500));
        assert_eq!(time("300", 8), Some(300));
        assert_eq!((time("x", 1), time("-1s", 1), time("inf", 1)), (None, None, None));
    }
}
