use super::*;

fn shape(list: &Checklist) -> String {
    let mut out = String::new();
    for section in &list.sections {
        let _ = writeln!(out, "{:?} {}", section.kind, section.title);
        for step in &section.steps {
            let group = step.group.as_ref().map(|g| format!("[{g}] ")).unwrap_or_default();
            let _ = writeln!(out, "{} {group}{}", step.number, step.text);
            details(&step.details, 1, &mut out);
        }
    }
    out
}

fn details(list: &[crate::rule::StepDetail], depth: usize, out: &mut String) {
    for detail in list {
        let _ = writeln!(out, "{}{}", "  ".repeat(depth), detail.text);
        details(&detail.details, depth + 1, out);
    }
}

#[test]
fn bold_lines_are_sections_on_the_published_page() {
    let list = checklist(Some(
        "**Triage and analysis**\n\n**Investigating X**\n\nWhat X is.\n\n**Possible investigation steps**\n\n* One.\n* Two\nwrapped.\n\n\
         **False positive analysis**\n\n* Three.\n\n**Response and Remediation:**\n\n* Four.\n\n**Related rules**\n\n* Other rule",
    ));
    assert_eq!(list.intro, "What X is.");
    assert_eq!(
        shape(&list),
        "Investigation Possible investigation steps\n1 One.\n2 Two wrapped.\nFalsePositives False positive analysis\n3 Three.\n\
         Response Response and Remediation\n4 Four.\nInformation Related rules\n0 Other rule\n"
    );
    assert_eq!((list.len(), list.plain), (4, false));
}

#[test]
fn with_headings_bold_lines_are_sub_headings() {
    let list = checklist(Some(
        "## Triage\n### Possible Investigation Steps:\n**Who**\n- `user.name`, see [docs](https://e.org/a)\n  - nested\n    1. deeper\n\n\
         **Response and remediation**:\n   - Not a section here\n### Response and Remediation\n#### Contain\nDo this first.\n- Cut off\n",
    ));
    assert_eq!(
        shape(&list),
        "Investigation Possible Investigation Steps\n1 [Who] user.name, see docs (https://e.org/a)\n  nested\n    deeper\n\
         2 [Response and remediation] Not a section here\nResponse Response and Remediation\n3 [Contain] Cut off\n"
    );
    assert_eq!(list.sections[1].steps[0].intro, "Do this first.");
}

#[test]
fn prose_is_kept_and_becomes_a_step_only_where_it_leads() {
    let list = checklist(Some(
        "### Investigation steps\nStart here.\n\n**Identify the actor**: look at `user.name`.\n\n**Scope**\nOnly prose below.\n\n\
         **Next**\n- a bullet\n\nAfterthought.\n### False positives\nJust one paragraph.\n\nAnd another.\n\
         ### Response\n> **Note**\n> - read this\n\n- act\n\n### Setup\nInstall it.",
    ));
    assert_eq!(
        shape(&list),
        "Investigation Investigation steps\n1 Identify the actor: look at user.name.\n2 Scope\n  Only prose below.\n3 [Next] a bullet\n\
         FalsePositives False positives\n4 Just one paragraph.\n5 And another.\nResponse Response\n6 act\nInformation Setup\n"
    );
    assert_eq!(list.sections[0].intro, "Start here.");
    assert_eq!(list.sections[0].outro, "Afterthought.");
    assert_eq!(list.sections[2].intro, "Note read this");
    assert_eq!(list.sections[3].intro, "Install it.");
}

#[test]
fn pivots_are_details_of_the_step_they_belong_to() {
    let pivot = r#"!{investigate{"label":"Same user","providers":[[{"field":"user.id","value":"{{user.id}}"}]]}}"#;
    let list =
        checklist(Some(&format!("### Investigation steps\n- Check.\n  - {pivot}\n- {pivot}\n- Next {pivot} too")));
    assert_eq!(
        shape(&list),
        "Investigation Investigation steps\n1 Check.\n  Same user\n  Same user\n2 Next Same user too\n  Same user\n"
    );
    let first = &list.sections[0].steps[0].details[0];
    assert_eq!(first.pivot.as_ref().unwrap().providers[0][0].value, "{{user.id}}");
}

#[test]
fn a_guide_without_headings_still_gives_its_bullets() {
    let list = checklist(Some("1. First\n2. Second"));
    assert_eq!(shape(&list), "Investigation Investigation\n1 First\n2 Second\n");
    assert!(!list.plain);
}

#[test]
fn without_a_guide_three_plain_steps_stand_in() {
    for note in [None, Some(""), Some("Only prose.")] {
        let list = checklist(note);
        assert!(list.plain);
        assert_eq!(list.len(), 3);
        assert_eq!(list.steps().map(|s| s.number).collect::<Vec<_>>(), [1, 2, 3]);
    }
    assert_eq!(checklist(Some("Only prose.")).intro, "Only prose.");
}

#[test]
fn a_steps_id_survives_whatever_changes_around_it() {
    let before = checklist(Some("### Investigation steps\n- One\n- Two **now**\n- One"));
    let after = checklist(Some("Intro\n#### Possible investigation steps\n- Zero\n- two now\n  - detail\n- One"));
    let id = |list: &Checklist, n: usize| list.steps().nth(n).unwrap().id.clone();
    assert_eq!(id(&before, 1), id(&after, 1));
    assert_eq!(id(&before, 0), id(&after, 2));
    assert_ne!(id(&before, 0), id(&before, 2), "the same text twice is two steps");
    assert_ne!(id(&before, 0), id(&checklist(Some("### Response\n- One")), 0));
    // Stored decisions name steps by these ids: they must never change.
    assert_eq!(id(&before, 0).0, "27f58f0c36e6");
}

proptest::proptest! {
    #[test]
    fn never_panics_and_ids_are_unique(note in "([-*#>`|~ ]|1\\. |\\*\\*|\n|\n\n|  |a|Response\n|!\\{investigate\\{|\\[x\\]\\(y\\)|\\PC){0,80}") {
        let list = checklist(Some(&note));
        let ids: std::collections::HashSet<_> = list.sections.iter().flat_map(|s| &s.steps).map(|s| s.id.clone()).collect();
        proptest::prop_assert_eq!(ids.len(), list.sections.iter().map(|s| s.steps.len()).sum::<usize>());
        proptest::prop_assert!(!list.is_empty());
    }
}

#[test]
fn deep_nesting_is_read_not_recursed_into_without_bound() {
    let line = format!("### Response\n{}x", "- ".repeat(20_000));
    assert_eq!(checklist(Some(&line)).len(), 1);
    let steps: String = (0..2_000).map(|i| format!("{}- x\n", " ".repeat(i * 2))).collect();
    assert_eq!(checklist(Some(&format!("### Response\n{steps}"))).len(), 1);
    assert!(checklist(Some(&format!("### Response\n{}x", ">".repeat(20_000)))).len() <= 1);
}

#[test]
fn a_quote_is_one_text_whatever_stands_in_it() {
    let list = checklist(Some(
        "### Investigation steps\n> Read\n> ### this\n> - and\n> - that\n>\n> | a | b |\n> |---|---|\n> | c | d |\n>\n> ```\n> code\n> ```\n> now.\n\n- Look\n",
    ));
    assert_eq!(list.sections.len(), 1);
    assert_eq!(list.sections[0].intro, "Read this and that a b c d code now.");
    assert_eq!(shape(&list), "Investigation Investigation steps\n1 Look\n");
}

#[test]
fn comments_are_no_text_and_placeholders_are() {
    let list = checklist(Some(
        "<!-- for\nauthors --> Shown.\n\n### Response\n- Run `aws iam delete-user` --user-name <user><br>then <!-- not --> wait\n",
    ));
    assert_eq!(list.intro, "Shown.");
    assert_eq!(shape(&list), "Response Response\n1 Run aws iam delete-user --user-name <user> then wait\n");
}

#[test]
fn a_table_keeps_its_headings_even_without_a_value() {
    let list =
        checklist(Some("### Response\n| What | Why |\n|---|---|\n| Key | |\n\n### Setup\n| A | B |\n|---|---|\n"));
    assert_eq!(shape(&list), "Response Response\n1 What; Why\n2 What: Key\nInformation Setup\n");
    assert_eq!(list.sections[1].intro, "A; B");
    let list = checklist(Some("### Response\n| What | How |\n|---|---|\n| Find | `grep x | wc` || once |\n"));
    assert_eq!(shape(&list), "Response Response\n1 What: Find; How: grep x | wc || once\n");
}

#[test]
fn parts_named_like_their_section_are_sub_headings() {
    let list = checklist(Some(
        "### Response and remediation\n#### Containment\n- Cut off\n#### Recovery\n- Restore\n### Containment\n- Once more\n\
         ### Investigation and scoping\n- Who\n###Triage steps\n- What\n### Notes\n- Read",
    ));
    assert_eq!(
        shape(&list),
        "Response Response and remediation\n1 [Containment] Cut off\n2 [Recovery] Restore\nResponse Containment\n3 Once more\n\
         Investigation Investigation and scoping\n4 Who\nInvestigation Triage steps\n5 What\nInformation Notes\n0 Read\n"
    );
}

#[test]
fn a_heading_of_a_colon_alone_is_none() {
    let list = checklist(Some("### Response\n#### :\n**:**\n- Act\n## :\nSoon"));
    assert_eq!(shape(&list), "Response Response\n1 Act\n");
    assert_eq!(list.sections[0].outro, "Soon");
}

/// Where guides that offer searches put them: in bullets of their own or inside one, alone in a paragraph, in prose.
#[test]
fn no_pivot_is_lost_wherever_it_stands() {
    let pivot = |label: &str| format!("!{{osquery{{\"label\":\"{label}\",\"query\":\"SELECT * FROM {label}\"}}}}");
    let note = format!(
        "{}\n\n### Investigation steps\n{}\n\nUse {} first.\n\n- Look\n\n{}\n\n### Response\nSee {}.\n\n### Related rules\n{} says it",
        pivot("intro"),
        pivot("alone"),
        pivot("before"),
        pivot("after"),
        pivot("prose"),
        pivot("info"),
    );
    let list = checklist(Some(&note));
    assert_eq!(list.intro, "intro");
    assert_eq!(
        shape(&list),
        "Investigation Investigation steps\n1 alone\n  alone\n  before\n2 Look\n  after\n\
         Response Response\n3 See prose.\n  prose\nInformation Related rules\n0 info\n  info\n"
    );
    assert_eq!(list.sections[0].steps[1].intro, "Use before first.");
    let described = &list.sections[0].steps[0].details[0].pivot.as_ref().unwrap().description;
    assert_eq!(described, "osquery: SELECT * FROM alone");
    let bare = checklist(Some(&format!("- {}\n- Look\n- {}", pivot("a"), pivot("b"))));
    assert_eq!(shape(&bare), "Investigation Investigation\n1 a\n  a\n2 Look\n  b\n");
}
