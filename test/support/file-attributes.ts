// Attributes of ext4 and its relatives, see chattr(1). Other file systems have none.
import { execFileSync } from 'node:child_process';

/** The attributes as lsattr prints them: letters and dashes. */
export function attributesOf(folder: string): string {
  return execFileSync('lsattr', ['-d', folder], { encoding: 'utf8', stdio: 'pipe' }).split(' ')[0] ?? '';
}

/** Sets the attribute T on the folder; returns whether that was possible. */
export function hasAttributes(folder: string): boolean {
  try {
    execFileSync('chattr', ['+T', folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

export const withoutAttributes = 'the file system of the temporary folder has no attribute T';
