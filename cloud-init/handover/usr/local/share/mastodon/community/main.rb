# frozen_string_literal: true

# Run by `community` in Mastodon's own environment: JSON comes on standard input, the answer is standard output's last line.
require 'json'
require 'tmpdir'
%w(text ledger change plan report severed kind kinds/people kinds/rules kinds/settings kinds/blocks lists).each { |part| require_relative part }

module Community
  # In this order they are applied: a setting may name a person, a person has a role.
  KINDS = [Roles, Members, Rules, Terms, Settings, Uploads, DomainAllows, DomainBlocks, EmailDomainBlocks, IpBlocks, *LISTS].freeze
  CONFLICTS = 3
  REFUSED = 4

  class << self
    # { desired: the community's document, take: ["kind/key", …] of conflicts that the files win }
    def apply(input)
      ledger = Ledger.open
      ledger.hand_over_jobs # of a run that was cut short
      plan = Plan.new(kinds(ledger), input.fetch('desired'), input.fetch('take', []))
      report = Report.new(plan)
      if plan.conflicts.any?
        report.conflicts
        return CONFLICTS
      end
      report.severed(Severed.follows_lost(plan.suspended_domains).values.sum)
      plan.carry_out(ledger)
      report.outcome
      plan.refusals.any? ? REFUSED : 0
    end

    # What the server has, as a document, and what of it the code made.
    def read
      ledger = Ledger.open
      lists, others = kinds(ledger).partition { |kind| kind.is_a?(ListKind) }.map { |kinds| kinds.to_h { |kind| [kind.list, kind.listed] } }
      answer(community: others.merge(lists:), managed: ledger.keys)
    end

    # What was changed in the web interface since it was applied.
    def drift
      ledger = Ledger.open
      answer(kinds(ledger).flat_map do |kind|
        present = kind.present({}).transform_values { |item| kind.value(item) }
        kind.applied.filter_map do |key, applied|
          { kind: kind.name, key:, server: present[key], lastApplied: applied } if present[key] != applied
        end
      end)
    end

    # How many follows of local people a suspension of each of these domains would end.
    def severs(domains) = answer(Severed.follows_lost(domains))

    private

    def kinds(ledger) = KINDS.map { |kind| kind.new(ledger) }

    def answer(value)
      ANSWER.puts(JSON.generate(value))
      0
    end
  end
end

# Whatever else prints, the answer stays apart from it.
Community::ANSWER = $stdout.dup
$stdout.reopen($stderr)

def run(command)
  case command
  when 'apply' then Community.apply(JSON.parse($stdin.read))
  when 'read' then Community.read
  when 'drift' then Community.drift
  when 'severs' then Community.severs(JSON.parse($stdin.read))
  else abort "community: expected apply, read, drift or severs, got '#{command}'"
  end
rescue StandardError => e
  abort "community: #{e.class}: #{e.message.lines.first.strip} (#{e.backtrace.grep(%r{^/community/}).first(3).join(', ')}). " \
        'Nothing is done by half: run it again'
end

exit run(ARGV.first)
