use super::*;
use serde_json::json;

fn record() -> Value {
    json!({
        "eventName": "StartExportTask",
        "userIdentity": {"type": "AssumedRole", "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}},
        "requestParameters": {"exportOnly": ["orders", "customers"], "s3BucketName": "finance-exports"},
        "readOnly": false,
        "responseElements": null,
        "tags": {}
    })
}

/// The visible lines as an outline: indentation, fold state, key, value; `>` marks the cursor, `*` a match.
fn outline(tree: &Tree) -> String {
    tree.lines(tree.len())
        .iter()
        .map(|l| {
            let fold = match l.fold {
                Fold::Leaf => ' ',
                Fold::Open => '-',
                Fold::Closed => '+',
            };
            let cursor = if l.selected { '>' } else { ' ' };
            let star = if l.key_matched || l.value_matched { "*" } else { "" };
            format!("{cursor}{}{fold}{} {}{star}\n", "  ".repeat(l.depth), l.key, l.value)
        })
        .collect()
}

#[test]
fn a_small_document_starts_unfolded() {
    assert_eq!(
        outline(&Tree::new(&record())),
        "\
> eventName \"StartExportTask\"
 -userIdentity {2}
    type \"AssumedRole\"
   -sessionContext {1}
     -attributes {1}
        mfaAuthenticated \"false\"
 -requestParameters {2}
   -exportOnly [2]
      [0] \"orders\"
      [1] \"customers\"
    s3BucketName \"finance-exports\"
  readOnly false
  responseElements null
  tags {}
"
    );
}

#[test]
fn a_large_document_starts_with_its_outermost_lines() {
    let tree = Tree::new(&json!({"a": (0..500).collect::<Vec<_>>(), "b": 1}));
    assert_eq!(outline(&tree), ">+a [500]\n  b 1\n");
}

#[test]
fn folding_keeps_what_is_inside_as_it_was() {
    let mut tree = Tree::new(&record());
    tree.move_by(3);
    tree.collapse();
    tree.move_by(-2);
    tree.collapse();
    assert_eq!(tree.path(), "userIdentity");
    assert_eq!(tree.len(), 10);
    tree.expand();
    assert_eq!(tree.len(), 12);
    assert!(outline(&tree).contains("   +sessionContext {1}\n -requestParameters"));
    tree.toggle();
    assert_eq!(tree.len(), 10);
    tree.toggle();
    assert_eq!(tree.len(), 12);
}

#[test]
fn right_goes_in_and_left_goes_out() {
    let mut tree = Tree::new(&record());
    tree.collapse_all();
    tree.move_by(1);
    tree.expand();
    assert_eq!(tree.path(), "userIdentity");
    tree.expand();
    assert_eq!(tree.path(), "userIdentity.type");
    tree.expand();
    assert_eq!(tree.path(), "userIdentity.type");
    tree.collapse();
    assert_eq!(tree.path(), "userIdentity");
    tree.collapse();
    tree.collapse();
    assert_eq!((tree.path().as_str(), tree.len()), ("userIdentity", 6));
}

#[test]
fn folding_all_keeps_the_cursor_near() {
    let mut tree = Tree::new(&record());
    tree.move_by(8);
    assert_eq!(tree.path(), "requestParameters.exportOnly[0]");
    tree.collapse_all();
    assert_eq!((tree.path().as_str(), tree.position()), ("requestParameters", 2));
    tree.expand_all();
    assert_eq!((tree.path().as_str(), tree.position()), ("requestParameters", 6));
}

#[test]
fn the_cursor_stops_at_both_ends() {
    let mut tree = Tree::new(&record());
    tree.move_by(-5);
    assert_eq!(tree.position(), 0);
    tree.move_by(isize::MAX);
    assert_eq!(tree.path(), "tags");
    tree.top();
    assert_eq!(tree.path(), "eventName");
    tree.bottom();
    assert_eq!(tree.path(), "tags");
}

#[test]
fn paths_fields_and_values_are_raw() {
    let mut tree = Tree::new(&json!({"req": {"only": ["a\u{1b}[31m\n", 7, {"k\"": [true, null, 1.5]}]}}));
    tree.move_by(2);
    assert_eq!((tree.path().as_str(), tree.field().as_str()), ("req.only[0]", "req.only"));
    assert_eq!((tree.value().as_str(), tree.kind()), ("a\u{1b}[31m\n", Kind::Text));
    assert_eq!(tree.lines(9)[2].value, "\"a\\x1b[31m\\n\"");
    tree.move_by(2);
    assert_eq!((tree.value().as_str(), tree.kind()), ("{\"k\\\"\":[true,null,1.5]}", Kind::Object));
    tree.top();
    assert_eq!(
        serde_json::from_str::<Value>(&tree.value()).unwrap(),
        json!({"only": ["a\u{1b}[31m\n", 7, {"k\"": [true, null, 1.5]}]})
    );
}

#[test]
fn search_unfolds_to_the_match_and_goes_round() {
    let mut tree = Tree::new(&record());
    tree.collapse_all();
    tree.search("EXPORT");
    assert_eq!((tree.path().as_str(), tree.search_summary().as_deref()), ("eventName", Some("1 of 3")));
    tree.next_match();
    assert_eq!(
        (tree.path().as_str(), tree.search_summary().as_deref()),
        ("requestParameters.exportOnly", Some("2 of 3"))
    );
    tree.next_match();
    assert_eq!(tree.path(), "requestParameters.s3BucketName");
    tree.next_match();
    assert_eq!(tree.path(), "eventName");
    tree.previous_match();
    assert_eq!(
        (tree.path().as_str(), tree.search_summary().as_deref()),
        ("requestParameters.s3BucketName", Some("3 of 3"))
    );
    tree.move_by(1);
    assert_eq!(tree.search_summary().as_deref(), Some("3 matches"));
    assert!(outline(&tree).contains("   +exportOnly [2]*\n"));
    assert!(outline(&tree).contains(" +userIdentity {2}\n"), "what holds no match stays folded");
}

#[test]
fn search_starts_at_the_cursor_and_says_when_there_is_nothing() {
    let mut tree = Tree::new(&record());
    tree.move_by(7);
    tree.search("export");
    assert_eq!(tree.path(), "requestParameters.exportOnly");
    tree.search("no such text");
    assert_eq!(
        (tree.path().as_str(), tree.search_summary().as_deref()),
        ("requestParameters.exportOnly", Some("no match"))
    );
    tree.next_match();
    tree.previous_match();
    assert_eq!(tree.path(), "requestParameters.exportOnly");
    tree.search("");
    assert_eq!(tree.search_summary(), None);
}

#[test]
fn search_finds_what_is_seen() {
    let mut tree = Tree::new(&json!({"ÄGENT": "curl\u{1b}[2J", "n": 4711, "x": null}));
    for (needle, path) in [("ägent", "ÄGENT"), ("\\X1B", "ÄGENT"), ("471", "n"), ("NULL", "x")] {
        tree.search(needle);
        assert_eq!(tree.path(), path, "{needle}");
    }
}

#[test]
fn the_window_follows_the_cursor() {
    let mut tree = Tree::new(&json!((0..100).collect::<Vec<_>>()));
    let keys = |tree: &Tree, height| tree.lines(height).iter().map(|l| l.key.to_string()).collect::<Vec<_>>();
    assert_eq!(keys(&tree, 3), ["[0]", "[1]", "[2]"]);
    tree.move_by(50);
    assert_eq!(keys(&tree, 3), ["[49]", "[50]", "[51]"]);
    tree.bottom();
    assert_eq!(keys(&tree, 3), ["[97]", "[98]", "[99]"]);
    assert_eq!(keys(&tree, 1), ["[99]"]);
    assert!(tree.lines(0).is_empty());
    assert_eq!(tree.lines(1000).len(), 100);
}

#[test]
fn a_bare_value_is_one_line() {
    for (document, value) in [(json!({}), "{}"), (json!([]), "[]"), (json!("x"), "\"x\""), (json!(null), "null")] {
        let mut tree = Tree::new(&document);
        for act in [Tree::toggle, Tree::expand, Tree::collapse, Tree::expand_all, Tree::collapse_all] {
            act(&mut tree);
        }
        assert_eq!(outline(&tree), format!(">  {value}\n"));
        assert_eq!(tree.path(), "");
    }
}

proptest::proptest! {
    /// However it is folded, what is shown is what a walk over the open nodes shows, and the cursor is on a line.
    #[test]
    fn the_spliced_list_equals_a_fresh_walk(steps in proptest::collection::vec((0u8..9, -7isize..7), 0..60)) {
        let mut tree = Tree::new(&record());
        for (action, by) in steps {
            match action {
                0 => tree.expand(),
                1 => tree.collapse(),
                2 => tree.toggle(),
                3 => tree.expand_all(),
                4 => tree.collapse_all(),
                5 => tree.search(["a", "orders", "false"][by.unsigned_abs() % 3]),
                6 => tree.next_match(),
                7 => tree.previous_match(),
                _ => tree.move_by(by),
            }
            proptest::prop_assert_eq!(&tree.shown, &tree.unhidden(0, tree.nodes.len()));
            proptest::prop_assert!(tree.cursor < tree.shown.len());
        }
    }
}
