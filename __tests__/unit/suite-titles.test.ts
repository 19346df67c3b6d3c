import { RENAMED_FILES } from '../support/suite/renames';
import { testingPage } from '../support/suite/testing-page';
import { recordedRuns } from '../support/suite/run';
import { compareTitles } from '../support/suite/titles';

describe('the earlier and the current titles', () => {
  const before = [
    { file: 'unit/a', titles: ['stays', 'moves', 'twice', 'twice'] },
    { file: 'unit/b', titles: ['stays'] },
  ];

  test('are all there, in the same file or another', () => {
    const now = [
      { file: 'unit/a', titles: ['stays', 'twice', 'twice'] },
      { file: 'unit/c', titles: ['new', 'moves'] },
      { file: 'unit/b', titles: ['stays'] },
    ];
    const { files, problems } = compareTitles(before, now, []);
    expect(problems).toEqual([]);
    expect(files[0]?.titles.every(({ isNew, movedFrom }) => !isNew && movedFrom === undefined)).toBe(true);
    expect(files[1]).toEqual({
      file: 'unit/c',
      titles: [
        { title: 'new', isNew: true },
        { title: 'moves', isNew: false, movedFrom: 'unit/a' },
      ],
    });
  });

  test('are named where one is lost, though it has a namesake', () => {
    const now = [{ file: 'unit/a', titles: ['stays', 'moves', 'twice'] }];
    expect(compareTitles(before, now, []).problems).toEqual([
      'unit/a: "twice" is gone; restore it, or give the reason in docs/testing/renames.json',
      'unit/b: "stays" is gone; restore it, or give the reason in docs/testing/renames.json',
    ]);
  });

  test('may differ where the table says so', () => {
    const now = [{ file: 'unit/a', titles: ['stays', 'moves', 'twice', 'twice, and again'] }];
    const renames = [
      { file: 'unit/a', before: 'twice', now: ['twice, and again'], reason: 'it said less' },
      { file: 'unit/b', before: 'stays', reason: 'the same as that of unit/a' },
    ];
    const { files, explained, problems } = compareTitles(before, now, renames);
    expect(problems).toEqual([]);
    expect(explained).toEqual(renames);
    expect(files[0]?.titles[3]).toEqual({
      title: 'twice, and again',
      isNew: false,
      renamed: [renames[0]],
    });
  });

  test('hold the table to what there is', () => {
    const renames = [
      { file: 'unit/a', before: 'moves', reason: 'none' },
      { file: 'unit/b', before: 'stays', now: ['nowhere'], reason: 'none' },
    ];
    const now = [{ file: 'unit/a', titles: ['stays', 'moves', 'twice', 'twice'] }];
    expect(compareTitles(before, now, renames).problems).toEqual([
      'renames.json: "moves" of unit/a is not gone, or never was',
      'renames.json: there is no test "nowhere", which "stays" is to be now',
    ]);
  });
});

describe('docs/testing.md', () => {
  const run = { date: '2026-11-28', machine: '2 × CPU', cache: 'warm' as const };
  const before = {
    ...run,
    seconds: 3_780,
    files: [{ file: 'unit/a', seconds: 9.4, titles: ['stays', 'goes'] }],
  };

  test('has both totals, each file with what its time went into, and every title with its mark', () => {
    const files = [
      { file: 'unit/a', seconds: 4, shares: { pulumi: 2.5 }, titles: ['stays'] },
      {
        file: 'machine/b',
        seconds: 312.3,
        shares: { boot: 8, 'first up': 95 },
        titles: ['goes', 'is\n{{ new }}'],
      },
    ];
    const page = testingPage({ before, now: { ...run, seconds: 2_292, files } }, []);
    expect(page).toContain('| `make test` | **63 min 0 s** | **38 min 12 s** |');
    expect(page).toContain('| tests | 2 | 3 |');
    expect(page).toContain('| `machine/b` |  | 312 | 8.0 | 95 |  |  |  |  | 209 | 2 |');
    expect(page).toContain('| `unit/a` | 9.4 | 4.0 |  |  | 2.5 |  |  |  | 1.5 | 1 |');
    expect(page).toContain('| all | 9.4 | 316 | 8.0 | 95 | 2.5 |  |  |  | 211 | 3 |');
    expect(page).toContain('\n  stays\n');
    expect(page).toContain('\n< goes  [unit/a]\n+ is {{ new }}\n');
  });

  test('is not written where a test is lost', () => {
    const files = [{ file: 'unit/a', seconds: 4, titles: ['stays'] }];
    expect(() => testingPage({ before, now: { ...run, seconds: 4, files } }, [])).toThrow(
      'unit/a: "goes" is gone',
    );
  });
});

test('no test of the earlier recorded suite is lost in the current one', () => {
  const { before, now } = recordedRuns();
  if (before && now) expect(compareTitles(before.files, now.files).problems).toEqual([]);
});

test('a test file of the earlier recorded suite that has another name is there under it', () => {
  const now = recordedRuns().now?.files.map(({ file }) => file) ?? [];
  expect(Object.values(RENAMED_FILES).filter((file) => !now.includes(file))).toEqual([]);
  expect(Object.keys(RENAMED_FILES).filter((file) => now.includes(file))).toEqual([]);
});
