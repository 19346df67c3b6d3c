# frozen_string_literal: true

module Mastodon
  module Metrics
    # Figures of several processes: counters are summed up, gauges kept as long as their process still sends them.
    class Registry
      GAUGES_LAST = 60 # seconds

      def initialize
        @lock = Monitor.new
        @counters = Hash.new(0)
        @gauges = {}
      end

      def take(samples)
        @lock.synchronize do
          samples.each do |sample|
            key = [sample.fetch('name'), sample.fetch('labels', {})]
            if sample.fetch('kind') == 'counter'
              @counters[key] += sample.fetch('value')
            else
              @gauges[key] = [sample.fetch('value'), now]
            end
          end
        end
      end

      def to_s
        @lock.synchronize do
          @gauges.delete_if { |_, (_, time)| now - time > GAUGES_LAST }
          lines(@counters, 'counter') + lines(@gauges.transform_values(&:first), 'gauge')
        end
      end

      private

      def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

      def lines(figures, kind)
        figures.group_by { |(name, _), _| name }.map do |name, all|
          ["# TYPE ruby_#{name} #{kind}", *all.map { |(_, labels), value| "ruby_#{name}#{text(labels)} #{value}" }, ''].join("\n")
        end.join
      end

      def text(labels)
        return '' if labels.empty?

        "{#{labels.map { |name, value| "#{name}=#{value.to_s.to_json}" }.join(',')}}"
      end
    end
  end
end
