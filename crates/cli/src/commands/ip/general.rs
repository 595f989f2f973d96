//! Numbers as `%g` of `printf(3)` writes them.

/// `ticks` of 1/100 s as seconds, of which six digits count.
pub(super) fn seconds(ticks: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "six digits are shown")]
    let number = ticks as f64 / 100.0;
    let scientific = format!("{number:.5e}");
    let (digits, exponent) = scientific.split_once('e').expect("it is written with one");
    let exponent: i32 = exponent.parse().expect("a number behind it");
    match usize::try_from(5 - exponent) {
        Ok(decimals) => trimmed(&format!("{number:.decimals$}")).to_owned(),
        Err(_) => format!("{}e+{exponent:02}", trimmed(digits)),
    }
}

/// Without zeros behind the point, nor the point if nothing follows.
fn trimmed(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn as_printf_writes_them() {
        let all = [0, 2, 10, 700, 12_345, 1_234_567, 12_345_678, 123_456_789].map(seconds);
        assert_eq!(all, ["0", "0.02", "0.1", "7", "123.45", "12345.7", "123457", "1.23457e+06"]);
    }
}
