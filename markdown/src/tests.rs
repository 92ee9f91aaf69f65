//! What a text becomes, written as HTML would be; and that nothing of it is lost.

mod hostile;
mod properties;

use crate::{Block, Inline, parse};

/// The tree, in short.
fn show(text: &str) -> String {
    parse(text).iter().map(block).collect()
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => format!("<p>{}</p>", inlines(text)),
        Block::Heading { level, text } => format!("<h{level}>{}</h{level}>", inlines(text)),
        Block::List { start, items } => {
            let items = items.iter().map(|item| format!("<li>{}</li>", blocks(item))).collect::<String>();
            match start {
                Some(start) => format!("<ol {start}>{items}</ol>"),
                None => format!("<ul>{items}</ul>"),
            }
        }
        Block::Quote(inner) => format!("<q>{}</q>", blocks(inner)),
        Block::Code { language, text } => {
            format!("<pre {}>{text}</pre>", language.as_deref().unwrap_or_default())
        }
        Block::Rule => "<hr>".to_owned(),
    }
}

fn blocks(all: &[Block]) -> String {
    all.iter().map(block).collect()
}

fn inlines(all: &[Inline]) -> String {
    let inline = |inline: &Inline| match inline {
        Inline::Text(text) => text.clone(),
        Inline::LineBreak => "↵".to_owned(),
        Inline::Strong(text) => format!("<b>{}</b>", inlines(text)),
        Inline::Emphasis(text) => format!("<i>{}</i>", inlines(text)),
        Inline::Strike(text) => format!("<s>{}</s>", inlines(text)),
        Inline::Code(text) => format!("<code>{text}</code>"),
        Inline::Link { address, text } => {
            let text = inlines(text);
            if text == *address { format!("<a>{text}</a>") } else { format!("<a {address}>{text}</a>") }
        }
    };
    all.iter().map(inline).collect()
}

#[track_caller]
fn check(text: &str, tree: &str) {
    assert_eq!(show(text), tree, "{text}");
}

#[test]
fn words_are_formatted() {
    check("**a** *b* _c_ ~~d~~ `e *f*`", "<p><b>a</b> <i>b</i> <i>c</i> <s>d</s> <code>e *f*</code></p>");
    check("***a***", "<p><i><b>a</b></i></p>");
    check("snake_case_name, 2*3*4 = 24", "<p>snake_case_name, 2<i>3</i>4 = 24</p>");
    check("a ** b", "<p>a ** b</p>");
    check("``a ` b``", "<p><code>a ` b</code></p>");
}

#[test]
fn a_newline_is_a_new_line_and_spaces_stay() {
    check("a\nb", "<p>a↵b</p>");
    check("a\n\nb", "<p>a</p><p>b</p>");
    check("a  b\n  c\\\nd", "<p>a  b↵  c\\↵d</p>");
    check("a\r\nb", "<p>a↵b</p>");
    check("    a\n    *b*", "<p>a↵*b*</p>");
}

#[test]
fn lists_may_be_nested_and_end_with_their_lines() {
    check("- a\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>");
    check("3. a\n4. b", "<ol 3><li><p>a</p></li><li><p>b</p></li></ol>");
    check("- a\n  - b\n- c", "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ul>");
    check(
        "To do:\n- a\n- b\nThanks!",
        "<p>To do:</p><ul><li><p>a</p></li><li><p>b</p></li></ul><p>Thanks!</p>",
    );
    check("1. a\n1. b", "<ol 1><li><p>a</p></li><li><p>b</p></li></ol>");
    check("1999. a\n2003. b", "<ol 1999><li><p>a</p></li></ol><ol 2003><li><p>b</p></li></ol>");
    check("- a\n  b", "<ul><li><p>a↵b</p></li></ul>");
}

#[test]
fn a_quote_ends_with_its_lines() {
    check("> a\n> b\nc", "<q><p>a↵b</p></q><p>c</p>");
    check("> > a\n> b", "<q><q><p>a</p></q><p>b</p></q>");
    check(">a", "<q><p>a</p></q>");
    check("> - a\n> b", "<q><ul><li><p>a</p></li></ul><p>b</p></q>");
    check("> `a\n> b`", "<q><p><code>a b</code></p></q>");
}

#[test]
fn code_is_as_it_was_written() {
    check("```rust\nfn a() {\n    *b\n}\n```", "<pre rust>fn a() {\n    *b\n}</pre>");
    check("```\n- a\nb\n> c\nd\n[e]: f\n\\/\n```", "<pre >- a\nb\n> c\nd\n[e]: f\n\\/</pre>");
    check("```\nhttps://a.example/_b_\n```", "<pre >https://a.example/_b_</pre>");
    check("a\n```\nb\n```\nc", "<p>a</p><pre >b</pre><p>c</p>");
    check("> ```\n> a\n> ```", "<q><pre >a</pre></q>");
    check("- ```\n  a\n  ```", "<ul><li><pre >a</pre></li></ul>");
}

#[test]
fn code_may_stand_beside_its_fences_as_in_slack() {
    check("```let a = 1;\nb();```\nc", "<pre >let a = 1;\nb();</pre><p>c</p>");
    check("```a b```", "<p><code>a b</code></p>");
    check("```\nnot closed", "<pre >not closed</pre>");
}

#[test]
fn headings_and_rules() {
    check("# a\nb", "<h1>a</h1><p>b</p>");
    check("#a", "<p>#a</p>");
    check("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>");
    // Not headings, as they would be elsewhere.
    check("a\n---\nb", "<p>a</p><hr><p>b</p>");
    check("a\n===\nb", "<p>a</p><p>===</p><p>b</p>");
}

#[test]
fn what_is_nothing_but_formatting_is_text() {
    for text in [
        "-", "*", "1.", "#", ">", "---", "***", "```\n```", "``` ```", "> ---", "- ---", "~", "\\", "[]()",
        "<>", "* * *",
    ] {
        check(text, &format!("<p>{}</p>", text.replace('\n', "↵")));
    }
    check("a\n\n-\n\nb", "<p>a</p><p>-</p><p>b</p>");
    check("2019. was good", "<ol 2019><li><p>was good</p></li></ol>");
}

#[test]
fn html_entities_tables_and_definitions_are_text() {
    check("<b>a</b> <!-- c -->", "<p><b>a</b> <!-- c --></p>");
    check("<div>\n*a*\n</div>", "<p><div>↵*a*↵</div></p>");
    check("&lt;b&gt; &amp; &copy;", "<p>&lt;b&gt; &amp; &copy;</p>");
    check("|a|b|\n|-|-|\n|*c*|d|", "<p>|a|b|↵|-|-|↵|<i>c</i>|d|</p>");
    check("[ann]: hi", "<p>[ann]: hi</p>");
    check("[ann]: https://a.example\n\n[ann]", "<p>[ann]: <a>https://a.example</a></p><p>[ann]</p>");
    check("a[^1]\n\n[^1]: b", "<p>a[^1]</p><p>[^1]: b</p>");
}

#[test]
fn a_backslash_disappears_only_before_what_would_be_formatting() {
    check(r"\*a\* \_b\_ \`c\` \[d\](e)", "<p>*a* _b_ `c` [d](e)</p>");
    check(r"1\. a", "<p>1. a</p>");
    check(r"\# a", "<p># a</p>");
    check(r"C:\dir\$x \\server\share a\.b \(c\)", r"<p>C:\dir\$x \\server\share a\.b \(c\)</p>");
    check(r"¯\_(ツ)_/¯ ¯\_(ツ)_/¯", r"<p>¯\_(ツ)_/¯ ¯\_(ツ)_/¯</p>");
}

#[test]
fn an_address_is_a_link_and_never_formatting() {
    check("see https://a.example/_b_/*c*~d~/.", "<p>see <a>https://a.example/_b_/*c*~d~/</a>.</p>");
    check("**https://a.example/**", "<p><b><a>https://a.example/</a></b></p>");
    check("<https://a.example/_b_>", "<p><a>https://a.example/_b_</a></p>");
    check("<ann@a.example>", "<p><a mailto:ann@a.example>ann@a.example</a></p>");
    check("`https://a.example`", "<p><code>https://a.example</code></p>");
    check("https://a.example?b=1&copy=2", "<p><a>https://a.example?b=1&copy=2</a></p>");
    check(
        "- https://a.example\n> https://b.example",
        "<ul><li><p><a>https://a.example</a></p></li></ul><q><p><a>https://b.example</a></p></q>",
    );
    check("<a href=\"https://a.example/\">", "<p><a href=\"<a>https://a.example/</a>\"></p>");
}

#[test]
fn a_link_says_where_it_leads() {
    check("[here](https://a.example/_b_)", "<p><a https://a.example/_b_>here</a></p>");
    check("[*a* `b`](https://a.example)", "<p><a https://a.example><i>a</i> <code>b</code></a></p>");
    check("[https://a.example](https://a.example)", "<p><a>https://a.example</a></p>");
    for unseen in ["", " ", "\u{200b}", "\u{3164}", "\u{2800}"] {
        check(&format!("[{unseen}](https://a.example)"), "<p><a>https://a.example</a></p>");
    }
    check(
        "[bank.example](https://evil.example/x)",
        "<p><a https://evil.example/x>bank.example (evil.example)</a></p>",
    );
    check(
        "[https://bank.example/](https://evil.example)",
        "<p><a https://evil.example>https://bank.example/ (evil.example)</a></p>",
    );
}

#[test]
fn a_link_that_leads_elsewhere_is_text() {
    for text in [
        "[a](javascript:b)",
        "[*a*](data:text/html,b)",
        "[a](/b)",
        "![a](c.png)",
        "<javascript:a>",
        "[a](https://bank.example@evil.example)",
        "[a](JaVaScript:b)",
        "[a](&#106;avascript:b)",
    ] {
        check(text, &format!("<p>{text}</p>"));
    }
}

#[test]
fn a_link_leads_where_it_was_written_that_it_leads() {
    for (text, shown) in [
        (r"![](https://a.example/¯\_(ツ)_/¯)", r"![](<a>https://a.example/¯</a>\_(ツ)_/¯)"),
        (r"[b](https://a.example/b\c)", r"[b](<a>https://a.example/b</a>\c)"),
        (r"<https://a.example\c>", r"<<a>https://a.example</a>\c>"),
        (r"[b](https://a.example/\(c)", r"[b](<a>https://a.example/</a>\(c)"),
        ("[b](https://a.example/[1]:80)", "[b](<a>https://a.example/[1]:80</a>)"),
    ] {
        check(text, &format!("<p>{shown}</p>"));
    }
}

#[test]
fn a_title_is_shown() {
    check("[a](https://a.example 'b')", "<p>[a](<a>https://a.example</a> 'b')</p>");
    check("![a](https://a.example \"b\")", "<p>![a](<a>https://a.example</a> \"b\")</p>");
}

#[test]
fn an_image_is_a_link() {
    check("![a](https://a.example/b.png)", "<p><a https://a.example/b.png>a</a></p>");
}

#[test]
fn a_link_within_a_link_is_shown_as_it_was_written() {
    check(
        "[![a](https://a.example/b.png)](https://c.example)",
        "<p><a https://c.example>![a](https://a.example/b.png) (c.example)</a></p>",
    );
    check(
        "![see [a](https://a.example)](https://a.example/b.png)",
        "<p><a https://a.example/b.png>see [a](https://a.example)</a></p>",
    );
}
