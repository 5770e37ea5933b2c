// `npm test` has no other proof of this.
import { expect, test } from 'vitest';
import { createGitFixture } from '../../../test/support/git-fixture.ts';
import { relativeTo } from './unreachable.ts';

test('relative addresses of submodules lead where git itself says', () => {
  const fx = createGitFixture();
  try {
    const remotes = [
      '/a/b/c.git',
      '/a/b/c/',
      'https://h.example/a/b.git',
      'git@h.example:a/b.git',
      'git@h.example:b.git',
      'ssh://h.example/b.git',
    ];
    const urls = ['../x.git', '../x.git/', './x.git', '../../x.git', '../y/x.git', 'https://other.example/x.git', '/abs/x.git'];
    const at = fx.root;
    fx.git(at, 'update-index', '--add', '--cacheinfo', `160000,${fx.git(at, 'rev-parse', 'HEAD')},m`);
    for (const above of remotes) {
      fx.git(at, 'remote', 'set-url', 'origin', above);
      for (const url of urls) {
        if (above === 'git@h.example:b.git' && url === '../../x.git') continue;
        fx.write(at, { '.gitmodules': `[submodule "m"]\n\tpath = m\n\turl = ${url}\n` });
        fx.git(at, 'submodule', '--quiet', 'init');
        expect(relativeTo({ url, above }), `${url} from ${above}`).toBe(fx.git(at, 'config', 'submodule.m.url'));
        fx.git(at, 'config', '--remove-section', 'submodule.m');
      }
    }
  } finally {
    fx.dispose();
  }
});
