//! Every text can be read: 4.5 to 1 against what stands behind it, by day and by night. Source: WCAG 2.2, 1.4.3.

use acceptance::App;

use super::browser::{Browser, Screen};
use super::rounds;

/// Ratios below 4.5 of all text nodes and placeholders in sight, as `ratio text`.
///
/// Backgrounds are laid over each other from the element up; what stands on a picture is passed by, since a picture has no colour.
const DIM: &str = r#"
const rgba = (text) => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
const over = (top, under) => ({ r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1 });
const light = ({ r, g, b }) => { const [x, y, z] = [r, g, b].map((c) => { const v = c / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
const ratio = (one, two) => { const [a, b] = [light(one), light(two)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
const behind = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.backgroundImage.includes('gradient')) return null;
    const colour = rgba(style.backgroundColor);
    if (colour.a > 0) layers.push(colour);
    if (colour.a === 1) break;
    if (style.position === 'fixed' && colour.a > 0) break;
  }
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  return layers.reverse().reduce((under, top) => over(top, under), dark ? { r: 18, g: 18, b: 18, a: 1 } : { r: 255, g: 255, b: 255, a: 1 });
};
const dimmed = (element) => { let all = 1; for (let at = element; at; at = at.parentElement) all *= Number(getComputedStyle(at).opacity); return all; };
const found = [];
const judge = (element, colour, text) => {
  const ground = behind(element);
  if (!ground) return;
  const ink = rgba(colour), seen = ratio(over({ ...ink, a: ink.a * dimmed(element) }, ground), ground);
  if (seen < 4.5) found.push(`${seen.toFixed(2)} ${text.trim().slice(0, 40)} <${element.className}>`);
};
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walk.nextNode(); node; node = walk.nextNode()) {
  const element = node.parentElement;
  if (!node.data.trim() || !element.checkVisibility({ visibilityProperty: true }) || element.closest('.hide, .skip, noscript, svg, script')) continue;
  judge(element, getComputedStyle(element).color, node.data);
}
for (const field of document.querySelectorAll('input[placeholder]')) if (field.checkVisibility()) judge(field, getComputedStyle(field, '::placeholder').color, field.placeholder);
return found;
"#;

async fn readable(name: &'static str, screen: Screen, dark: bool) {
    let app = App::start().await;
    let Some(browser) = Browser::open(&app, name, screen).await else { return app.stop().await };
    for (n, page) in rounds::every_page(&app, &browser).await.iter().enumerate() {
        browser.go(page).await;
        rounds::settled(&browser).await;
        assert_eq!(browser.run("return matchMedia('(prefers-color-scheme: dark)').matches").await, serde_json::json!(dark));
        browser.shot(&format!("{n}")).await;
        assert_eq!(browser.run(DIM).await, serde_json::json!([]), "{page}");
    }
    // The control: what is dim is found.
    browser.run("document.querySelector('h1').style.color = 'rgb(128 128 128 / .6)'").await;
    assert_ne!(browser.run(DIM).await, serde_json::json!([]), "the measure sees nothing");
    browser.close().await;
    app.stop().await;
}

#[tokio::test]
async fn every_text_can_be_read_by_day() {
    readable("day", Screen::Desktop, false).await;
}

#[tokio::test]
async fn every_text_can_be_read_by_night() {
    readable("night", Screen::Night, true).await;
}
