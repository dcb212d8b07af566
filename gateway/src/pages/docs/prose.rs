//! The sentences of the document as HTML: text, with what stands between backticks as code.

/// Escapes a text, and marks its code.
pub fn prose(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 32);
    // a backtick without its fellow is a backtick
    let whole = text.matches('`').count() & !1;
    let mut parts = text.splitn(whole + 1, '`');
    html.extend(parts.next().map(escaped));
    let mut code = true;
    for part in parts {
        html.push_str(if code { "<code>" } else { "</code>" });
        html.push_str(&escaped(part));
        code = !code;
    }
    html
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_marked_and_everything_else_is_text() {
        for (text, html) in [
            ("", ""),
            ("One of `seats` or `best`.", "One of <code>seats</code> or <code>best</code>."),
            ("`a<b>`", "<code>a&lt;b&gt;</code>"),
            ("<script>&\"", "&lt;script&gt;&amp;&quot;"),
            ("a ` alone", "a ` alone"),
            ("`a` and ` alone", "<code>a</code> and ` alone"),
        ] {
            assert_eq!(prose(text), html, "{text}");
        }
    }
}
