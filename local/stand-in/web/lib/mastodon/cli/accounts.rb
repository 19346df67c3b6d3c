# frozen_string_literal: true

require_relative 'base'

module Mastodon
  module CLI
    class Accounts < Base
      desc 'create USERNAME', 'Create a new user account'
      option :email, required: true
      option :confirmed, type: :boolean
      option :approve, type: :boolean
      option :role
      option :reattach, type: :boolean
      option :force, type: :boolean
      def create(username)
        password = SecureRandom.hex
        user = User.new(email: options[:email], password:, role: find_role, agreement: true, bypass_registration_checks: true)
        user.account = account_for(username)
        fail_with_errors(user.errors) unless user.save
        user.mark_email_as_confirmed! if options[:confirmed]
        user.approve! if options[:approve]

        say('OK', :green)
        say("New password: #{password}")
      end

      desc 'modify USERNAME', 'Modify a user account'
      option :role
      option :remove_role, type: :boolean
      option :email
      option :confirm, type: :boolean
      option :enable, type: :boolean
      option :disable, type: :boolean
      option :disable_2fa, type: :boolean
      option :approve, type: :boolean
      option :reset_password, type: :boolean
      def modify(username)
        user = Account.find_local(username)&.user
        fail_with_message('No user with such username') if user.nil?

        user.role = options[:remove_role] ? nil : find_role if options[:role] || options[:remove_role]
        password = SecureRandom.hex if options[:reset_password]
        user.assign_attributes(changes(user).compact)
        fail_with_errors(user.errors) unless user.save
        user.change_password!(password) if password

        say('OK', :green)
        say("New password: #{password}") if password
      end

      private

      def find_role
        return if options[:role].nil?

        UserRole.find_by(name: options[:role]) || fail_with_message('Cannot find user role with that name')
      end

      def account_for(username)
        existing = Account.find_local(username) if options[:reattach]
        if existing&.user
          fail_with_message('The chosen username is currently in use') unless options[:force]
          existing.destroy!
          existing = nil
        end
        existing || Account.new(username:)
      end

      def changes(user)
        {
          email: options[:email],
          confirmed_at: (Time.now.utc if options[:confirm] && !user.confirmed?),
          disabled: (options[:disable] || false if options[:disable] || options[:enable]),
          approved: (true if options[:approve]),
          otp_required_for_login: (false if options[:disable_2fa]),
        }
      end
    end
  end
end
