//! The scanner behind the message tables: it reads a line the way `printf` wrote it.

/// The most values a message can carry; the tables' test holds them to it.
pub(super) const MAX_ARGS: usize = 12;

/// The values of one message in the order its format names them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Args<'a> {
    values: [&'a str; MAX_ARGS],
    len: usize,
}

impl<'a> Args<'a> {
    fn push(&mut self, value: &'a str) -> Option<()> {
        *self.values.get_mut(self.len)? = value;
        self.len += 1;
        Some(())
    }

    /// The value at `index` as printed, or nothing if the format has fewer.
    pub fn text(&self, index: usize) -> &'a str {
        self.values.get(index).copied().unwrap_or_default()
    }

    /// A decimal value; what does not fit is the nearest that does, so -1 becomes 0.
    pub fn u32(&self, index: usize) -> u32 {
        u32::try_from(self.u64(index)).unwrap_or(u32::MAX)
    }

    /// A decimal value; what does not fit is the nearest that does.
    pub fn u64(&self, index: usize) -> u64 {
        let text = self.text(index);
        if text.is_empty() || text.starts_with('-') { 0 } else { text.parse().unwrap_or(u64::MAX) }
    }

    /// A hexadecimal value with or without `0x`.
    pub fn hex(&self, index: usize) -> u32 {
        let text = self.text(index);
        u32::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).unwrap_or(u32::MAX)
    }
}

/// Reads `text` by `format`: literal text must be there as it is, and
///
/// | conversion | takes |
/// |---|---|
/// | `%d` | a decimal number, maybe negative |
/// | `%x` | a hexadecimal number, maybe with `0x` |
/// | `%s` | anything up to the literal that follows, at its first occurrence |
/// | `%S` | the same up to the last occurrence (an IPv6 address before `:port`) |
/// | `%*` | the rest, which may be empty: what newer kernels append |
///
/// `None` unless the whole text was read.
pub(super) fn scan<'a>(format: &str, text: &'a str) -> Option<Args<'a>> {
    let mut args = Args::default();
    let mut format = format;
    let mut text = text;
    loop {
        let Some((literal, conversion)) = format.split_once('%') else {
            return (format == text).then_some(args);
        };
        text = text.strip_prefix(literal)?;
        let mut letters = conversion.chars();
        let letter = letters.next()?;
        format = letters.as_str();
        let taken = match letter {
            'd' => decimal(text),
            'x' => hexadecimal(text),
            '*' => text.len(),
            's' | 'S' => {
                let next = format.split_once('%').map_or(format, |(literal, _)| literal);
                if next.is_empty() {
                    text.len()
                } else if letter == 's' {
                    text.find(next)?
                } else {
                    text.rfind(next)?
                }
            }
            _ => return None,
        };
        if taken == 0 && letter != '*' {
            return None;
        }
        let (value, rest) = text.split_at_checked(taken)?;
        args.push(value)?;
        text = rest;
    }
}

fn decimal(text: &str) -> usize {
    let sign = usize::from(text.starts_with('-'));
    let digits = text.bytes().skip(sign).take_while(u8::is_ascii_digit).count();
    if digits == 0 { 0 } else { sign + digits }
}

fn hexadecimal(text: &str) -> usize {
    let prefix = if text.starts_with("0x") { 2 } else { 0 };
    let digits = text.bytes().skip(prefix).take_while(u8::is_ascii_hexdigit).count();
    if digits == 0 { 0 } else { prefix + digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_out_in_the_order_of_the_format() {
        let args = scan(
            "task [op %x itt 0x%x/0x%x] rejected.",
            "task [op 1 itt 0x2c/0x1000002c] rejected.",
        );
        let args = args.unwrap();
        assert_eq!((args.hex(0), args.hex(1), args.hex(2)), (1, 0x2c, 0x1000_002c));
        assert_eq!(args.text(3), "");
    }

    #[test]
    fn the_whole_text_must_be_read() {
        assert!(scan("detected conn error (%d)", "detected conn error (1020) and more").is_none());
        assert!(
            scan("detected conn error (%d)%*", "detected conn error (1020) and more").is_some()
        );
        assert!(scan("detected conn error (%d)", "detected conn error ()").is_none());
    }

    #[test]
    fn the_last_colon_ends_an_ipv6_address() {
        let args = scan("to %S:%d", "to fe80::1:3260").unwrap();
        assert_eq!((args.text(0), args.u32(1)), ("fe80::1", 3260));
    }

    #[test]
    fn numbers_too_large_become_the_largest() {
        let args = scan("%d %d %x", "-1 99999999999999999999 fffffffff").unwrap();
        assert_eq!(
            (args.u32(0), args.u64(1), args.u32(1), args.hex(2)),
            (0, u64::MAX, u32::MAX, u32::MAX)
        );
    }

    #[test]
    fn more_values_than_fit_is_no_match_rather_than_half_a_message() {
        let format = "%d ".repeat(MAX_ARGS + 1);
        assert!(scan(&format, &"1 ".repeat(MAX_ARGS + 1)).is_none());
    }
}
