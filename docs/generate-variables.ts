/** Writes docs/mastodon-variables.md from the list of Mastodon's variables: `npm run docs:variables`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MADE_FROM, VARIABLES } from '../settings/mastodon-variables';
import { SETTING_OF } from '../settings/variables-of-settings';
import type { Use, Variable } from '../settings/mastodon-variables/variable';

/** In the order of the page's table of them. */
const USES: Readonly<Record<Use['by'], string>> = {
  administrator: 'given in `mastodon.environment`, and passed through',
  setting: 'a setting of this program stands for it',
  program: 'owned by the program',
  nobody: 'refused',
};

const all = Object.entries(VARIABLES);

/** The reference of all variables, as Markdown. */
export function variablesReference(): string {
  const groups = [...new Set(all.map(([, { group }]) => group))];
  return [
    "# Mastodon's variables",
    '',
    'Generated from `settings/mastodon-variables/` by `npm run docs:variables`. The list was made from',
    `[upstream's page](https://docs.joinmastodon.org/admin/config/) of ${MADE_FROM.date}, the pages that it refers to, and what Mastodon's`,
    `configuration reads, for ${MADE_FROM.versions.join(' and ')}. That page has headings for ${String(MADE_FROM.headings)} variables; the other ${String(all.length - MADE_FROM.headings)} are named elsewhere.`,
    '',
    '```sh',
    "pulumi config set --path 'mastodon.environment.DEFAULT_LOCALE' de",
    "pulumi config set --secret --path 'mastodon.environment.DEEPL_API_KEY'     # asks for it",
    "pulumi config set --secret --path 'mastodon.extraEnvironment.MAX_TOOT_CHARS' 1000     # what a fork reads",
    '```',
    '',
    'Where a setting stands for one as well, it is the shorter way, and knows what belongs together: [sign-on, search, translation and others](services.md).',
    '',
    'Web, Sidekiq and streaming each get those that they read, and restart when one of them changes; `pulumi preview` shows that. A value arrives as it',
    'was given, quotes, spaces, `$` and `#` included; it is one line. What contradicts another setting, locks people out or can do nothing is refused.',
    "How many requests a client may make is no variable: Mastodon's limits are in its code (`config/initializers/rack_attack.rb`), and nginx here has none of its own.",
    "`bin/mastodon import --env …` takes over an older server's, and names what became of each.",
    '',
    '| who decides | variables |',
    '| --- | --- |',
    ...Object.entries(USES).map(
      ([by, text]) => `| ${text} | ${String(all.filter(([, { use }]) => use.by === by).length)} |`,
    ),
    `| all | ${String(all.length)} |`,
    '',
    ...groups.flatMap(section),
  ].join('\n');
}

function section(group: string): string[] {
  const rows = all.filter(([, variable]) => variable.group === group).map(row);
  return [
    `## ${group}`,
    '',
    '| variable | meaning | kind | default | here |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

function row([name, variable]: [string, Variable]): string {
  const { about, kind, secret = false, default: value } = variable;
  const cells = [
    `\`${name}\``,
    about,
    secret ? `${kind.name}, secret` : kind.name,
    value === undefined ? '' : `\`${value}\``,
    here(name, variable),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** What becomes of it, with the versions that have it where not all do. */
function here(name: string, { use, since, until }: Variable): string {
  const versions = [...(since ? [`since ${since}`] : []), ...(until ? [`until ${until}`] : [])].join(', ');
  const text = () => {
    switch (use.by) {
      case 'administrator':
        return SETTING_OF.has(name)
          ? `passed through; or \`${SETTING_OF.get(name) ?? ''}\``
          : 'passed through';
      case 'setting':
        return `setting \`${use.setting}\``;
      case 'program':
        return `owned: ${use.why}`;
      case 'nobody':
        return `refused: ${use.why}`;
    }
  };
  return versions === '' ? text() : `${text()} (${versions})`;
}

if (require.main === module) {
  writeFileSync(process.argv[2] ?? join(__dirname, 'mastodon-variables.md'), variablesReference());
}
