# frozen_string_literal: true

# The server's settings: `Setting.site_title`, `Setting.site_title = 'x'`, `Setting['site_title']`. An unknown one is refused.
class Setting < ApplicationRecord
  DEFAULTS = YAML.load_file(Rails.root.join('config/settings.yml')).freeze

  serialize :value, coder: YAML

  class << self
    def default_settings = DEFAULTS

    def [](key)
      raise ArgumentError, "unknown setting: #{key}" unless DEFAULTS.key?(key.to_s)

      setting = find_by(var: key)
      setting ? setting.value : DEFAULTS[key.to_s]
    end

    def []=(key, value)
      raise ArgumentError, "unknown setting: #{key}" unless DEFAULTS.key?(key.to_s)

      find_or_initialize_by(var: key).update!(value:)
    end

    DEFAULTS.each_key do |key|
      define_method(key) { self[key] }
      define_method("#{key}=") { |value| self[key] = value }
    end
  end
end
