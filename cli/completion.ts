/** Completion for shells, from the declarations: nothing of this program runs while a user types. */
import { shellQuoted } from '../lib/shell-quoted';
import { type CommandSpec, commonOptions, flagOf, type OptionSpec } from './command';

/** What can follow the words so far. */
interface Choice {
  readonly word: string;
  readonly meaning: string;
}

/** What can follow a command, or the first word of one of two words. `''` is the beginning. */
function choices(commands: readonly CommandSpec[]): Map<string, Choice[]> {
  const all = new Map<string, Choice[]>([['', []]]);
  const add = (place: string, choice: Choice) => {
    const there = all.get(place) ?? [];
    if (!there.some(({ word }) => word === choice.word)) there.push(choice);
    all.set(place, there);
  };
  for (const spec of commands) {
    const [first = '', second] = spec.name.split(' ');
    add('', {
      word: first,
      meaning: second === undefined ? spec.summary : `Commands on the ${first}'s files`,
    });
    if (second !== undefined) add(first, { word: second, meaning: spec.summary });
    for (const choice of choicesOf(spec)) add(spec.name, choice);
  }
  return all;
}

function choicesOf(spec: CommandSpec): Choice[] {
  const { args = {}, options = {} } = spec;
  const words = Object.values(args).flatMap(({ choices: some = [], meaning }) =>
    some.map((word) => ({ word, meaning })),
  );
  const flags = Object.entries<OptionSpec>({ ...options, ...commonOptions(spec) }).map(
    ([key, { meaning }]) => ({
      word: flagOf(key),
      meaning,
    }),
  );
  return [...words, ...flags, { word: '--help', meaning: 'prints help' }];
}

/** A script for a shell to source. */
export function completionOf(shell: string, commands: readonly CommandSpec[]): string {
  const places = choices(commands);
  return shell === 'fish' ? fish(places) : shell === 'zsh' ? zsh(places) : bash(places);
}

/** A case of bash and zsh for each place, which is the words before without options. */
const cases = (places: Places, line: (some: readonly Choice[]) => string) =>
  [...places].map(([place, some]) => `    '${place}') ${line(some)} ;;`).join('\n');

type Places = ReadonlyMap<string, readonly Choice[]>;

/** The first words of commands of two words. */
const groupsOf = (places: Places) => [
  ...new Set(
    [...places.keys()].filter((place) => place.includes(' ')).map((place) => place.split(' ')[0] ?? ''),
  ),
];

const bash = (places: Places) => `_mastodon() {
  local place=\${COMP_WORDS[1]} current=\${COMP_WORDS[COMP_CWORD]} words=
  case $place in ${groupsOf(places).join('|')}) ((COMP_CWORD > 2)) && place+=" \${COMP_WORDS[2]}" ;; esac
  ((COMP_CWORD > 1)) || place=
  case $place in
${cases(places, (some) => `words='${some.map(({ word }) => word).join(' ')}'`)}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _mastodon mastodon bin/mastodon ./bin/mastodon
`;

const zsh = (places: Places) => `_mastodon() {
  local place=\${words[2]}
  local -a some
  case $place in ${groupsOf(places).join('|')}) ((CURRENT > 3)) && place+=" \${words[3]}" ;; esac
  ((CURRENT > 2)) || place=
  case $place in
${cases(places, (some) => `some=(${some.map(({ word, meaning }) => shellQuoted(`${word}:${meaning}`)).join(' ')})`)}
  esac
  _describe -o mastodon some || _files
}
compdef _mastodon mastodon
`;

const fish = (places: Places) =>
  [...places].flatMap(([place, some]) => some.map((choice) => fishLine(places, place, choice))).join('');

function fishLine(places: Places, place: string, { word, meaning }: Choice): string {
  const [first, second] = place.split(' ');
  const seen = [first, second].filter(Boolean).map((one) => `__fish_seen_subcommand_from ${String(one)}`);
  const inGroup = groupsOf(places).includes(place)
    ? [
        ...seen,
        `not __fish_seen_subcommand_from ${(places.get(place) ?? []).map((choice) => choice.word).join(' ')}`,
      ]
    : seen;
  const condition = place === '' ? '__fish_use_subcommand' : inGroup.join('; and ');
  const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
  return `complete -c mastodon -n '${condition}' ${what} -d ${shellQuoted(meaning)}\n`;
}
