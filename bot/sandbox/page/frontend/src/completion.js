// Completion of a YAML file from its JSON schema: field names, values of closed sets, with the descriptions of the schema.

/** A CodeMirror completion source. The place in the schema is found from the indentation of the lines above. */
export function completionSource(schema) {
  return (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    if (/^\s*#/.test(before)) return null;
    const lines = [];
    for (let number = 1; number < line.number; number += 1) lines.push(context.state.doc.line(number).text);
    const found = complete(schema, lines, before);
    if (!found.options.length || (!context.explicit && !found.typed)) return null;
    return { from: context.pos - found.typed.length, options: found.options, validFor: /^[\w-]*$/ };
  };
}

/** What can be typed behind `before`, with the lines above it: {typed, options}. Has no editor in it, for tests. */
export function complete(schema, lines, before) {
  const value = /^(\s*(?:- )*)([\w-]+):\s+(\[?.*?)([\w-]*)$/.exec(before);
  const field = /^(\s*)((?:- )*)([\w-]*)$/.exec(before);
  if (value) {
    const node = descend(schema, [...pathOf(lines, value[1].length), value[2]]);
    return { typed: value[4], options: valuesOf(schema, value[3].startsWith("[") ? itemOf(schema, node) : node) };
  }
  if (field) {
    const indent = field[1].length + field[2].length;
    const node = descend(schema, pathOf([...lines, field[2] && `${field[1]}- `].filter(Boolean), indent));
    return { typed: field[3], options: [...fieldsOf(schema, node), ...(field[2] ? valuesOf(schema, node) : [])] };
  }
  return { typed: "", options: [] };
}

/** The names that lead to a line with this indentation; "[]" stands for an item of a list. */
function pathOf(lines, indent) {
  const path = [];
  let limit = indent;
  for (let place = lines.length - 1; place >= 0 && (limit > 0 || path[0] === "[]"); place -= 1) {
    const match = /^(\s*)((?:- )*)(?:([\w-]+):)?/.exec(lines[place]);
    if (!lines[place].trim() || /^\s*#/.test(lines[place])) continue;
    const [start, inner] = [match[1].length, match[1].length + match[2].length];
    if (match[3] && inner < limit) { path.unshift(match[3]); limit = inner; }
    if (match[2] && start < limit) { path.unshift("[]"); limit = start; }
    else if (match[3] && !match[2] && path[0] === "[]" && start <= limit) { path.unshift(match[3]); limit = start; }
  }
  return path;
}

function descend(schema, path) {
  return path.reduce((node, name) => {
    if (!node) return null;
    if (name === "[]") return itemOf(schema, node);
    const solved = variants(schema, node).find((one) => one.properties?.[name] || typeof one.additionalProperties === "object");
    return solved?.properties?.[name] ?? solved?.additionalProperties ?? null;
  }, schema);
}

function variants(schema, node) {
  if (!node || typeof node !== "object") return [];
  if (node.$ref) return variants(schema, schema.$defs[node.$ref.split("/").at(-1)]);
  return [node, ...(node.anyOf ?? node.oneOf ?? node.allOf ?? []).flatMap((one) => variants(schema, one))];
}

function itemOf(schema, node) {
  return variants(schema, node).find((one) => one.items)?.items ?? null;
}

function fieldsOf(schema, node) {
  return variants(schema, node).flatMap((one) => Object.entries(one.properties ?? {}).map(([name, about]) => ({
    label: name,
    type: "property",
    apply: `${name}: `,
    info: about.description ?? variants(schema, about)[0]?.description,
    boost: one.required?.includes(name) ? 1 : 0,
  })));
}

function valuesOf(schema, node) {
  return variants(schema, node).flatMap((one) => one.enum ?? (one.const ? [one.const] : []))
    .map((value) => ({ label: String(value), type: "enum" }));
}
