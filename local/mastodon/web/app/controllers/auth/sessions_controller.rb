# frozen_string_literal: true

module Auth
  class SessionsController < ApplicationController
    def new
      session[:return_to] = params[:return_to] if params[:return_to].to_s.match?(%r{\A/[^/\\]})
    end

    def create
      user = User.authenticate(params.dig(:user, :email), params.dig(:user, :password))
      if user.nil?
        flash.now[:alert] = 'Invalid e-mail address or password.'
        return render(:new, status: :unprocessable_entity)
      end

      return_to = session[:return_to]
      reset_session
      session[:user_id] = user.id
      session[:token] = user.session_token
      redirect_to return_to || root_path
    end

    def destroy
      reset_session
      redirect_to root_path
    end
  end
end
