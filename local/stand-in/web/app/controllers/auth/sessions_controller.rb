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
      user.update!(current_sign_in_at: Time.now.utc)
      session[:activation] = user.session_activations.create!(session_id: SecureRandom.hex).session_id
      redirect_to return_to || root_path
    end

    def destroy
      SessionActivation.where(session_id: session[:activation]).destroy_all if session[:activation]
      reset_session
      redirect_to root_path
    end
  end
end
