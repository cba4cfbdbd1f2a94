// CodeMirror with YAML. It lives in a shadow root, where it uses constructed style sheets: the page's CSP allows no
// inline styles.
import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, linter, lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { completionSource } from "./completion.js";

const CHECK_PAUSE_MS = 500;

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "13px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--muted)", border: "none", paddingLeft: "4px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--selection)" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--surface)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "8px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-fill)", color: "#fff" },
  ".cm-completionInfo": { maxWidth: "300px", padding: "8px 10px", fontFamily: "var(--font)" },
  ".cm-diagnostic": { fontFamily: "var(--font)", padding: "6px 10px" },
});
const colours = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), color: "var(--code-key)" },
  { tag: [tags.string, tags.content], color: "var(--text)" },
  { tag: tags.special(tags.string), color: "var(--code-string)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.bracket, tags.meta], color: "var(--muted)" },
]);

/** An editor in `host`: {text(), check(), goTo(line), destroy()}. */
export function createEditor(host, { text, schema, label, check, onChange, onSave }) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const state = EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(), foldGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
      highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), EditorView.lineWrapping,
      indentUnit.of("  "), yaml(), syntaxHighlighting(colours), look, lintGutter(),
      linter(async (view) => (await check(view.state.doc.toString())).map((fault) => diagnostic(view.state.doc, fault)), { delay: CHECK_PAUSE_MS }),
      autocompletion({ override: [completionSource(schema)] }),
      // Tab moves the focus on, so that nobody is caught in the editor.
      keymap.of([{ key: "Mod-s", run: () => onSave() }, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, ...defaultKeymap]),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", spellcheck: "false" }),
      EditorView.updateListener.of((update) => update.docChanged && onChange()),
    ],
  });
  const view = new EditorView({ state, root, parent: root });
  view.dom.style.height = "100%";
  return {
    text: () => view.state.doc.toString(),
    check: () => forceLinting(view),
    goTo(line) {
      const { from } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

function diagnostic(doc, { line, column, severity, message }) {
  const where = doc.line(Math.min(Math.max(line ?? 1, 1), doc.lines));
  const from = Math.min(where.from + Math.max((column ?? 1) - 1, 0), where.to);
  return { from, to: where.to, severity, message };
}
