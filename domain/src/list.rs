//! Lists in one parameter: values with commas between. A comma within a value is written `\,`, a backslash `\\`.

/// The values of a list, trimmed and without empty ones.
pub fn values(text: &str) -> Vec<String> {
    let (mut all, mut value, mut letters) = (Vec::new(), String::new(), text.chars().peekable());
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(',' | '\\')) => value.extend(letters.next()),
            (',', _) => all.push(std::mem::take(&mut value)),
            _ => value.push(letter),
        }
    }
    all.push(value);
    all.iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
}

/// A value as it stands in a list.
pub fn value(text: &str) -> String {
    text.replace('\\', "\\\\").replace(',', "\\,")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_part_values_unless_a_backslash_stands_before() {
        let table: [(&str, &[&str]); 7] = [
            ("", &[]),
            (" , ,", &[]),
            ("a, b ,c", &["a", "b", "c"]),
            ("Rock\\, Pop,Jazz", &["Rock, Pop", "Jazz"]),
            ("a\\\\,b", &["a\\", "b"]),
            ("a\\b,c\\", &["a\\b", "c\\"]),
            ("\\,", &[","]),
        ];
        for (text, wanted) in table {
            assert_eq!(values(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_value_comes_back_from_a_list() {
        let all = ["Rock, Pop", "a\\", "\\,", ",", "a\\\\b,c"];
        let text = all.map(value).join(",");
        assert_eq!(values(&text), all);
    }
}
