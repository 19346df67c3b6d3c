# frozen_string_literal: true

module Community
  # What people read in the output of `pulumi up`.
  class Report
    SIGNS = { create: '+', update: '~', delete: '-', adopt: '=', forget: '.' }.freeze
    NOTES = { adopt: 'as it was on the server', forget: 'no longer of the files' }.freeze
    # Of each kind and action; the preview has named all.
    SHOWN = 20
    TEXT = 60

    def initialize(plan)
      @plan = plan
    end

    def severed(follows)
      say "Suspensions end #{follows} follows of local people." if follows.positive?
    end

    def outcome
      @plan.changes.group_by { |change| [change.kind, change.action] }.each_value do |group|
        group.first(SHOWN).each { |change| say "  #{SIGNS.fetch(change.action)} #{change.name} #{detail(change)}".rstrip }
        say "  #{SIGNS.fetch(group.first.action)} … and #{group.size - SHOWN} more" if group.size > SHOWN
      end
      @plan.drift.each { |change| say "  ! #{change.name} was changed in the web interface and stays so: #{differences(change.value, change.before)}" }
      settle(@plan.drift) if @plan.drift.any?
      @plan.refusals.each { |change, reason| say "Mastodon refused #{change.name} (#{change.kind.file_of(change.key)}): #{reason}" }
      say "community applied: #{@plan.changes.size} changes"
    end

    def conflicts
      say 'Nothing was changed: these were changed both in the files and in the web interface.'
      @plan.conflicts.each do |change|
        applied = change.kind.applied[change.key]
        say "  #{change.name} (#{change.kind.file_of(change.key)})"
        say "    the file says     #{shown(change.value, change.before)}"
        say "    the server has    #{shown(change.before, change.value)}"
        say "    applied last      #{shown(applied, change.value, change.before)}"
      end
      settle(@plan.conflicts)
    end

    private

    def say(line) = ANSWER.puts(line)

    def settle(changes)
      names = changes.first(SHOWN).map(&:name).join(' ')
      say "To keep what the server has: bin/mastodon community pull. To let the files win: TAKE='#{names}' pulumi up"
    end

    def detail(change)
      case change.action
      when :update then "(#{differences(change.before, change.value)})"
      when :create then change.kind.summary(change.item)
      else NOTES.fetch(change.action, '')
      end
    end

    def differences(from, to)
      ((from || {}).keys | (to || {}).keys).filter_map do |field|
        before, after = [from, to].map { |value| value.nil? ? 'nothing' : short(value[field]) }
        "#{field} #{before} → #{after}" if before != after
      end.join(', ')
    end

    # The fields in which they differ.
    def shown(value, *others)
      return 'nothing' if value.nil?

      fields = value.keys.select { |field| others.any? { |other| other.nil? || other[field] != value[field] } }
      fields.map { |field| "#{field}: #{short(value[field])}" }.join(', ').presence || 'the same'
    end

    def short(value) = (value.is_a?(String) ? value.squish : JSON.generate(value)).truncate(TEXT, omission: '…')
  end
end
