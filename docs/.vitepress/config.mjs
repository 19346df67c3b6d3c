// The site of this folder: `make docs`. The side bar is pages.json; `unit/docs` tests that it has every page.
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { withMermaid } from 'vitepress-plugin-mermaid';

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, BASE = '/' } = process.env;
/** Where links lead that leave this folder. Without a repository there is nothing to lead to, and they stay text. */
const files = server && repository ? `${server}/${repository}/blob/main` : undefined;

const folder = join(import.meta.dirname, '..');
const groups = JSON.parse(readFileSync(join(import.meta.dirname, 'pages.json'), 'utf8'));

/** A page's own heading. */
const titleOf = (name) => /^# (.*)$/m.exec(readFileSync(join(folder, `${name}.md`), 'utf8'))?.[1] ?? name;

/** Markdown-it: what leads out of this folder leads to the repository. */
function leadOut(markdown) {
  markdown.core.ruler.push('lead-out', ({ tokens, env }) => {
    for (const link of tokens
      .flatMap(({ children }) => children ?? [])
      .filter(({ type }) => type === 'link_open')) {
      const href = link.attrGet('href') ?? '';
      if (/^(\w+:|[#/])/.test(href)) continue;
      const target = posix.join(posix.dirname(env.relativePath ?? ''), href);
      if (!target.startsWith('../')) continue;
      if (files) link.attrSet('href', `${files}/${target.slice(3)}`);
      else link.attrs = link.attrs.filter(([name]) => name !== 'href');
    }
  });
}

export default withMermaid({
  title: 'Mastodon on Civo',
  description: 'A Mastodon server on Civo, as one Pulumi program',
  base: BASE,
  outDir: '../.local/site',
  srcExclude: ['**/*.template.md', 'node_modules/**'],
  markdown: { config: leadOut },
  themeConfig: {
    outline: 'deep',
    search: { provider: 'local' },
    sidebar: Object.entries(groups).map(([text, names]) => ({
      text,
      items: names.map((name) => ({ text: titleOf(name), link: `/${name}` })),
    })),
    ...(files && { socialLinks: [{ icon: 'github', link: `${server}/${repository}` }] }),
  },
});
