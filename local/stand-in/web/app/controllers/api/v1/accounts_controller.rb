# frozen_string_literal: true

module Api
  module V1
    class AccountsController < BaseController
      before_action -> { doorkeeper_authorize!(:profile, :read, :'read:accounts') }
      before_action :require_user!

      def verify_credentials
        render json: AccountSerializer.new(current_account).as_json.merge(
          source: { note: current_account.note, privacy: 'public', sensitive: false, language: nil, fields: [] },
          role: RoleSerializer.new(current_user.role).as_json
        )
      end
    end
  end
end
