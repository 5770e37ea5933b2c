// Reads a file `roles/NAME.md` as a role: front matter in YAML, then its prompt. Faults: `config`, with file, line and the
// expected form.
import { z } from 'zod';
import { ruleTools } from '../core/own/permissions.ts';
import { noRole, type Role } from '../core/own/role.ts';
import { splitMarkdown } from './front-matter.ts';
import { wrongConfig } from './layer.ts';
import { wrongShape } from './wrong-shape.ts';

const frontMatter = z.strictObject({
  description: z.string().trim().min(1).optional(),
  model: z.string().regex(/^\S+$/, 'expected a tier, or a model as provider/model').optional(),
  // A worker without any tool could do nothing.
  tools: z
    .array(z.enum(ruleTools, `expected one of ${ruleTools.join(', ')}`))
    .min(1, `expected one or more of ${ruleTools.join(', ')}`)
    .optional(),
});

export function parseRole(given: { readonly file: string; readonly text: string }): Role {
  const { file } = given;
  const { name, head, body, firstLine } = splitMarkdown(given);
  if (name === noRole) throw wrongConfig({ file, line: 1, what: `"${noRole}" is reserved and means no role`, hint: 'rename the file' });
  const parsed = frontMatter.safeParse(head.values);
  if (!parsed.success) throw wrongShape({ file, issues: parsed.error.issues, lineOf: head.lineOf });
  const prompt = body.trim();
  if (prompt === '') throw wrongConfig({ file, line: firstLine, what: 'expected a prompt that says who the agent is to be' });
  if (prompt.includes('\0')) throw wrongConfig({ file, line: firstLine, what: 'a prompt must not contain a NUL character' });
  const { description = name, model = null, tools } = parsed.data;
  return { name, description, model, tools: tools === undefined ? null : [...new Set(tools)], prompt };
}
