use super::*;

proptest::proptest! {
    #[test]
    fn no_text_makes_a_loader_panic(text in "(\\PC|\n|\\*\\*Framework\\*\\*: |\\* |```|## Rule query\n|\\[rule\\]\n|= |'''|\"|\\{|\\}|:|,|# ){0,120}") {
        for format in [Format::Toml, Format::Page, Format::Ndjson] {
            let load = load_str(&text, format, "f");
            for error in load.errors() {
                proptest::prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
