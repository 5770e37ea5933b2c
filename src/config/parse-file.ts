// Parses the text of a configuration file into a layer. Faults: `config`, with file, line and the expected form.
import type { Layer } from './layer.ts';
import { readYaml } from './read-yaml.ts';
import { fileSchema } from './schema.ts';
import { wrongShape } from './wrong-shape.ts';

export function parseFile(given: { readonly file: string; readonly text: string }): Layer {
  const { file, text } = given;
  const { values, lineOf } = readYaml({ file, text });
  const parsed = fileSchema.safeParse(values);
  if (!parsed.success) {
    const hint = 'correct the file; once it can be read, `yardmaster config` shows every key with its value';
    throw wrongShape({ file, issues: parsed.error.issues, lineOf, hint });
  }
  return { values: parsed.data, origin: (path) => `${file}:${lineOf(path)}` };
}
