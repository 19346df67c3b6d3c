# frozen_string_literal: true

module Auth
  # Where the link of the mail leads.
  class PasswordsController < ApplicationController
    before_action { @user = User.with_reset_password_token(token) || redirect_to(auth_sign_in_path, alert: 'The link is no longer valid.') }

    def edit; end

    def update
      if params.dig(:user, :password) == params.dig(:user, :password_confirmation) && @user.reset_password(params.dig(:user, :password))
        redirect_to auth_sign_in_path
      else
        render :edit, status: :unprocessable_entity
      end
    end

    private

    def token = params[:reset_password_token] || params.dig(:user, :reset_password_token)
  end
end
