// The knowledge files beside the chats: completion from the schema, faults in the margin, saving.
import { useEffect, useRef, useState } from "preact/hooks";
import { createEditor } from "../editor.js";
import { Icon } from "../icons.jsx";
import { act, knowledge, question } from "../store.js";
import { t } from "../words.js";

/** The key of the word for what became of the text. */
function stateWord(state, errors, replaced) {
  const { digest, served } = knowledge.value;
  if (state === "saved") return served && digest !== replaced ? "file_served" : "file_saved";
  return errors && state === "changed" ? "file_has_errors" : `file_${state}`;
}

export function Panel() {
  const [name, setName] = useState("");
  const [file, setFile] = useState(null); // what the server sent: {files, name, text, schema}
  const [faults, setFaults] = useState([]);
  const [state, setState] = useState("saved"); // saved | changed | saving | refused
  const editor = useRef(null);
  const host = useRef(null);
  const replaced = useRef(""); // the digest of the version before the latest save

  const latest = useRef("saved"); // the state, for what was awaited
  latest.current = state;

  /** Shows a file. One that was published elsewhere replaces only what is unchanged here. */
  const load = async (wanted, isNews = false) => {
    const read = await act("knowledge_read", wanted ? { name: wanted } : {});
    if (!read || (isNews && (latest.current !== "saved" || read.text === editor.current?.text()))) return;
    setFile(read);
    setName(read.name);
    setFaults([]);
    setState("saved");
  };
  const save = async () => {
    setState("saving");
    replaced.current = knowledge.value.digest;
    const result = await act("knowledge_save", { name, text: editor.current.text() });
    setFaults(result?.faults ?? []);
    setState(result?.ok ? "saved" : "refused");
    editor.current?.check();
    return true;
  };
  const saving = useRef(save);
  saving.current = save;
  const leave = (wanted) => {
    if (state === "saved") load(wanted);
    else question.value = { text: t("discard_question"), yes: t("discard_yes"), act: () => load(wanted) };
  };

  useEffect(() => { load(""); }, []);
  useEffect(() => {
    if (!file) return undefined;
    editor.current = createEditor(host.current, {
      text: file.text,
      schema: file.schema,
      label: t("editor_label", { name: file.name }),
      check: async (text) => {
        const result = await act("knowledge_check", { name: file.name, text, full: false });
        setFaults(result?.faults ?? []);
        return result?.faults ?? [];
      },
      onChange: () => setState("changed"),
      onSave: () => saving.current(),
    });
    return () => editor.current.destroy();
  }, [file]);
  useEffect(() => { // a version that was published in a chat
    if (file) load(file.name, true);
  }, [knowledge.value.digest]);

  const errors = faults.filter((fault) => fault.severity === "error").length;
  return (
    <div class="knowledge">
      <div class="knowledge-bar">
        <label><span class="unseen">{t("file")}</span>
          <select value={name} onChange={(event) => leave(event.currentTarget.value)}>
            {(file?.files ?? []).map((one) => <option key={one} value={one}>{one}</option>)}
          </select>
        </label>
        <button type="button" class="primary" disabled={state === "saved" || state === "saving"} onClick={save}>{t("save")}</button>
        <span class={`file-state ${state}`} role="status">{t(stateWord(state, errors, replaced.current))}</span>
      </div>
      <div class="editor" ref={host} />
      {faults.length > 0 && (
        <ul class="fault-list" aria-label={t("faults_of_file")}>
          {faults.map((fault) => (
            <li key={`${fault.line}${fault.message}`}>
              <button type="button" class={fault.severity} onClick={() => editor.current.goTo(fault.line)}>
                <Icon name="warning" size={18} /><b>{t("line", { line: fault.line })}</b><span>{fault.message}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="note">{t("editor_keys")}</p>
    </div>
  );
}
