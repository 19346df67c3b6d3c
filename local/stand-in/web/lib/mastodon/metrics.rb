# frozen_string_literal: true

require 'net/http'

module Mastodon
  # What web and Sidekiq tell for Prometheus, by the names of the gem prometheus_exporter that Mastodon uses: sent to its own
  # process, which may be away.
  module Metrics
    EVERY = 2 # seconds
    LOCK = Mutex.new
    PENDING = Queue.new

    module_function

    def enabled? = ENV['MASTODON_PROMETHEUS_EXPORTER_ENABLED'] == 'true'

    def web_details? = ENV['MASTODON_PROMETHEUS_EXPORTER_WEB_DETAILED_METRICS'] == 'true'

    def sidekiq_details? = ENV['MASTODON_PROMETHEUS_EXPORTER_SIDEKIQ_DETAILED_METRICS'] == 'true'

    def count(name, value = 1, **labels)
      PENDING << { name:, labels:, value:, kind: 'counter' }
      keep_sending
    end

    def time(name, seconds, **labels)
      count(:"#{name}_sum", seconds, **labels)
      count(:"#{name}_count", **labels)
    end

    # Sends the block's figures, too, for as long as the process lives.
    def start(&gauges)
      @gauges = gauges
      keep_sending
    end

    # Each process by its own thread: none comes along into a worker.
    def keep_sending
      LOCK.synchronize do
        @sender = Thread.new { send_now while sleep(EVERY) } unless @sender&.alive?
      end
    end

    def send_now
      gauges = @gauges ? @gauges.call : {}
      deliver(drain + gauges.map { |(name, labels), value| { name:, labels:, value:, kind: 'gauge' } })
    rescue StandardError => e
      Rails.logger.warn("metrics: #{e.message}")
    end

    def process(type) = { [:rss, { type:, pid: Process.pid }] => File.read('/proc/self/statm').split[1].to_i * 4096 }

    def drain = Array.new(PENDING.size) { PENDING.pop }

    def deliver(samples)
      Net::HTTP.post(URI("http://#{host}:#{port}/send-metrics"), samples.to_json)
    rescue SystemCallError
      # As the gem does: what no process collects is lost.
    end

    def host = ENV.fetch('PROMETHEUS_EXPORTER_HOST', 'localhost')

    def port = ENV.fetch('PROMETHEUS_EXPORTER_PORT', 9394)

    # Counts requests, the time that they waited for a thread, and the time they take.
    class Web
      def initialize(app)
        @app = app
      end

      def call(env)
        # The proxy notes when it sent the request, in seconds of the epoch.
        sent = env['HTTP_X_REQUEST_START'].to_s[/\At=([\d.]+)\z/, 1]
        waited = [Time.now.to_f - sent.to_f, 0].max if sent
        from = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        answer = @app.call(env)
        told = env.fetch('action_dispatch.request.path_parameters', {})
        labels = { controller: told.fetch(:controller, 'other'), action: told.fetch(:action, 'other') }
        Metrics.count(:http_requests_total, status: answer.first, **labels)
        Metrics.time(:http_request_duration_seconds, Process.clock_gettime(Process::CLOCK_MONOTONIC) - from, **labels)
        Metrics.time(:http_request_queue_duration_seconds, waited, **labels) if waited
        answer
      end
    end

    # Counts jobs and those that failed.
    class Jobs
      include Sidekiq::ServerMiddleware

      def call(_, job, queue)
        from = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        labels = { job_name: job.fetch('class'), queue: }
        yield
      rescue StandardError
        Metrics.count(:sidekiq_failed_jobs_total, **labels)
        raise
      ensure
        Metrics.count(:sidekiq_jobs_total, **labels)
        Metrics.time(:sidekiq_job_duration_seconds, Process.clock_gettime(Process::CLOCK_MONOTONIC) - from, **labels)
      end

      def self.figures(queues)
        stats = Sidekiq::Stats.new
        own = queues.uniq.map { |name| Sidekiq::Queue.new(name) }
        {
          **own.to_h { |queue| [[:sidekiq_queue_backlog, { queue: queue.name }], queue.size] },
          **own.to_h { |queue| [[:sidekiq_queue_latency_seconds, { queue: queue.name }], queue.latency] },
          **%i(dead_size enqueued failed processed retry_size scheduled_size).to_h do |name|
            [[:"sidekiq_stats_#{name}", {}], stats.public_send(name)]
          end,
        }
      end
    end
  end
end
