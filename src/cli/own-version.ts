// The version of this program, read from the package's own file, wherever it is installed.
import { readFileSync } from 'node:fs';

export async function ownVersion(): Promise<string> {
  // The file is one or two folders up, because src/cli and the bundles in dist are at different depths.
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && typeof parsed.version === 'string') return parsed.version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
